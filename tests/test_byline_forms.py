"""Bylines and titles on small pages of seven newspapers, each printed in its own way, as a reader sees them."""

from collections.abc import Callable

import pytest

from qa.articles import reconstruct
from qa.articles.bylines import is_author_line, is_sign_off, lead_byline, name_line, people, signature_start
from qa.articles.display import explains
from qa.datatypes import Article, Page
from qa.text import fold, squeeze

BRACKETS = """\
南湖夜市重新开张

摊位增至180个，营业到凌晨一点

本报柳河讯（记者 宋一鸣 通讯员 梁小萍）停业两年的南湖夜市昨晚重新开张，数千名市民前来逛街购物，品尝小吃。

夜市管理方介绍，摊位由原来的一百个增加到一百八十个，所有摊主都办理了健康证。

旧书换绿植活动受欢迎

【本报讯】（记者 孔令辉）市图书馆上周末举办旧书换绿植活动，市民拿三本旧书就可以换一盆绿植，两天共收到旧书四千多册。

图书馆表示，这些旧书经过整理消毒，将送往山区的十二所小学。

水库大坝完成加固

【本报讯】青石水库大坝加固工程日前完工，坝顶加高一米二，可以抵御百年一遇的洪水，下游三个乡镇的农田从此有了保障。（韦东林）

乡村医生进修班开课

【本报讯】为期三个月的乡村医生进修班昨天在县医院开课，四十名村医将学习急救和慢性病管理。

学费和食宿由县财政负担，结业后村医回到原来的卫生室工作。

（通讯员 罗小妹）
"""

TAIWAN = """\
跨海大橋通車 車程縮短半小時

〔記者蔡文彬／台中報導〕連接兩岸的跨海大橋昨日通車，居民往返市區的車程由五十分鐘縮短為二十分鐘，民眾一早就開車上橋體驗。

公路局表示，大橋設有機車道和人行道，開放首週免收通行費。

離島增設圖書巴士

【記者許淑芬澎湖報導】為了讓離島孩子有書可讀，縣政府增設兩輛圖書巴士，每週二、四巡迴各村，車上有三千冊圖書。

校長說，孩子們聽到喇叭聲就跑出教室，借書量比去年多了一倍。

稻農改種紅豆

記者劉建宏/屏東報導

受缺水影響，不少稻農今年改種紅豆，農會提供種子和技術指導，收購價每公斤比去年多三元。

農民說，紅豆用水少，冬天也能收成，就看行情好不好。
"""

SIGNED = """\
老茶馆里的新故事
□魏春生
城南有一家老茶馆，已经开了九十年。早晨五点，店主就起来生炉子、烧水，等着第一批茶客进门。
茶客多半是附近的老人，一壶茶、一碟瓜子，就能坐上大半天。他们聊家常，也聊城里的新鲜事。
如今店主的孙女回来接手，添了咖啡和蛋糕，年轻人也来了，老人们并不嫌吵。
修鞋匠的三十年
文/冯晓岚 图/邹立
桥头的修鞋摊摆了三十年，匠人姓鲁，今年六十八岁。他的工具箱是自己打的，锤子的木柄已经磨得发亮。
他说，从前一天要修四十多双鞋，现在一天不到十双，但是老主顾还是要来找他。
每逢过年，他就把没有人来取的鞋擦干净，摆成一排，等它们的主人回来。
秋日晒谷场
◇苗青禾
稻子割完，晒谷场上就铺满了金黄。母亲每隔一个钟头就去翻一遍谷子，赶走偷嘴的麻雀。
傍晚收谷的时候，全家人都来帮忙，扫帚沙沙地响，空气里都是稻谷的香味。
"""

PICTURES = """\
# 开心农场迎来小客人

昨日，清水小学的学生在校外的开心农场里挖红薯、摘辣椒，体验劳动的快乐，农场的主人还教他们辨认各种蔬菜。

图为学生在挖红薯。 谭海燕 摄

# 高铁新站主体完工

本报记者 姜大勇

经过两年建设，高铁新站的主体结构昨天完工，站房面积三万平方米，预计明年国庆节前投入使用。

项目经理介绍，站房屋顶采用了当地民居的坡顶形式，候车厅白天不用开灯。

图为建设中的高铁新站。 苏文 摄

# 渔港开捕

八月十六日中午十二点，休渔期结束，三百多艘渔船驶出港口，码头上鞭炮齐鸣，家人挥手送行。（彭小海 摄）
"""

ENGLISH = """\
Night buses to run until two

The city's night buses will run until two in the morning from next month, the transport office said on Tuesday.
Drivers asked for an extra break on the long route, and the office agreed to build a rest room at the last stop.

Ines Okafor reports

Old mill to become a school

By Robert Quayle

The old mill by the river will become a school of crafts, with rooms for carpenters, potters and weavers.
The council will pay for the roof, and the owner gives the building for fifty years.

Letter: keep the benches

The council wants to remove the benches from the market square because people sit on them for too long.
That is what benches are for, and the old people of this town would like to keep them where they are.

Edith Marlowe
"""

DECKS = """\
城北公交快线今日开通
全程18公里设14站，早高峰每6分钟一班
本报讯（记者 程立）连接城北新区和火车站的公交快线今天开通，全程需要四十分钟，票价两元。
公交公司介绍，车辆全部采用电动车，车上设有无障碍座位和手机充电插座。

沿着古道走进深山
——石门乡马帮后人探访见闻
本报记者 田原
从石门乡往西，有一条青石铺成的古道，从前的马帮就从这里把茶叶和盐巴运进深山。
八十岁的马帮后人还记得父亲的铃声，他说铃声一响，全村的孩子都跑到村口。

市卫健委发布提醒
流感季节来临 老人儿童应尽早接种疫苗
本报讯（记者 邵敏）随着天气转冷，各医院的流感病人开始增多，市卫健委提醒老人和儿童尽早接种疫苗。
全市设有接种点一百二十个，市民可以在网上预约，也可以直接前往。
"""


def _articles(text: str) -> tuple[Article, ...]:
    return reconstruct(Page("page.txt", text))


def _credits(text: str) -> list[tuple[str, str]]:
    return [(article.title, article.byline) for article in _articles(text)]


BARE = """\
一株老槐树

宋远山

村口有一株老槐树，树干要三个孩子才抱得过来。夏天的晚上，大人们坐在树下乘凉，孩子们围着听故事。

后来村里修路，施工队特意绕了一个弯，把老槐树留了下来，如今树下还装了一圈木椅。

灶台边的冬天

老木

入冬以后，灶台边是家里最暖和的地方。外婆把红薯埋在灰里，香味慢慢地飘满了屋子。

她说，火要文，人要慢，日子才有滋味，这话我记了许多年。

文化站添了新书

本报讯 镇文化站上周添置新书两千册，其中一半是孩子们喜欢的绘本，借书的人比以前多了不少。通讯员 江小鱼 文/图

新桥头市场开业

●欧阳春 龙飞

新桥头市场昨天开业，共有摊位三百二十个，停车位四百多个，附近居民买菜不用再过马路。
"""


def _tight(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line)


def _spaced(text: str) -> str:
    return "\n\n".join(line for line in text.split("\n") if line)


LAYOUTS = pytest.mark.parametrize("layout", [str, _tight, _spaced])


@LAYOUTS
def test_names_in_brackets_open_or_sign_a_report(layout: Callable[[str], str]) -> None:
    assert _credits(layout(BRACKETS)) == [
        ("南湖夜市重新开张", "本报柳河讯（记者 宋一鸣 通讯员 梁小萍）"),
        ("旧书换绿植活动受欢迎", "【本报讯】（记者 孔令辉）"),
        ("水库大坝完成加固", "（韦东林）"),
        ("乡村医生进修班开课", "（通讯员 罗小妹）"),
    ]


@LAYOUTS
def test_reporter_and_place_stand_in_any_bracket_or_none(layout: Callable[[str], str]) -> None:
    assert _credits(layout(TAIWAN)) == [
        ("跨海大橋通車 車程縮短半小時", "〔記者蔡文彬／台中報導〕"),
        ("離島增設圖書巴士", "【記者許淑芬澎湖報導】"),
        ("稻農改種紅豆", "記者劉建宏/屏東報導"),
    ]


@LAYOUTS
def test_a_mark_before_a_name_makes_a_byline(layout: Callable[[str], str]) -> None:
    assert _credits(layout(SIGNED)) == [
        ("老茶馆里的新故事", "□魏春生"),
        ("修鞋匠的三十年", "文/冯晓岚 图/邹立"),
        ("秋日晒谷场", "◇苗青禾"),
    ]


@LAYOUTS
def test_a_photographer_signs_only_a_story_without_a_reporter(layout: Callable[[str], str]) -> None:
    assert _credits(layout(PICTURES)) == [
        ("开心农场迎来小客人", "谭海燕 摄"),
        ("高铁新站主体完工", "本报记者 姜大勇"),
        ("渔港开捕", "（彭小海 摄）"),
    ]


@LAYOUTS
def test_english_names_stand_over_or_under_the_story(layout: Callable[[str], str]) -> None:
    assert _credits(layout(ENGLISH)) == [
        ("Night buses to run until two", "Ines Okafor reports"),
        ("Old mill to become a school", "By Robert Quayle"),
        ("Letter: keep the benches", "Edith Marlowe"),
    ]


@LAYOUTS
def test_a_deck_explains_the_title_and_a_kicker_leads_to_it(layout: Callable[[str], str]) -> None:
    assert _credits(layout(DECKS)) == [
        ("城北公交快线今日开通", "本报讯（记者 程立）"),
        ("沿着古道走进深山", "本报记者 田原"),
        ("流感季节来临 老人儿童应尽早接种疫苗", "本报讯（记者 邵敏）"),
    ]


@LAYOUTS
def test_a_bare_name_under_a_headline_is_its_writer(layout: Callable[[str], str]) -> None:
    assert _credits(layout(BARE)) == [
        ("一株老槐树", "宋远山"),
        ("灶台边的冬天", "老木"),
        ("文化站添了新书", "通讯员 江小鱼 文/图"),
        ("新桥头市场开业", "●欧阳春 龙飞"),
    ]


def test_a_text_keeps_every_character_when_names_are_cut_from_it() -> None:
    for text in (BRACKETS, TAIWAN, SIGNED, PICTURES, ENGLISH, DECKS, BARE):
        covered = "".join(text[a:b] for article in _articles(text) for a, b in article.spans)
        assert squeeze(covered) == squeeze(text).replace("#", "")


def test_a_short_second_headline_over_a_byline_is_no_pen_name() -> None:
    text = "山区学校的新变化\n\n路通\n\n本报讯（记者 邵敏）通往山区学校的公路昨天通车，孩子们上学少走一个小时。\n"
    assert _credits(text)[0][1] == "本报讯（记者 邵敏）"


def test_an_agency_without_a_name_is_the_byline_where_nobody_signs() -> None:
    text = "南湖夜市重新开张\n\n本报讯 停业两年的南湖夜市昨晚重新开张，数千名市民前来逛街购物，品尝小吃。\n"
    assert _credits(text) == [("南湖夜市重新开张", "本报讯")]


@pytest.mark.parametrize(
    "phrase",
    [
        "本报柳河讯（记者 宋一鸣 通讯员 梁小萍）",
        "本报柳河讯(记者宋一鸣)",
        "本报讯（宋一鸣 甘露）",
        "〔記者蔡文彬／台中報導〕",
        "[记者蔡文彬/台中报道]",
        "【記者許淑芬澎湖報導】",
        "(記者許淑芬澎湖報導)",
    ],
)
def test_a_lead_ends_where_the_report_begins(phrase: str) -> None:
    assert lead_byline(fold(phrase + "连接两岸的大桥昨日通车,居民出行更加方便。")) == len(phrase)


@pytest.mark.parametrize(
    "text", ["本报去年报道了此事,各方消息不一。", "[记者手记]今年夏天特别热。", "本报通讯员队伍壮大,稿件增多。"]
)
def test_a_text_that_speaks_of_its_paper_has_no_lead(text: str) -> None:
    assert lead_byline(fold(text)) == 0


@pytest.mark.parametrize(
    "line", ["(记者 甘露)", "（通讯员 罗小妹）", "Ines Okafor reports", "(Ann Bell and Tom Roe report)"]
)
def test_a_line_that_only_ends_a_story_is_a_sign_off(line: str) -> None:
    assert is_sign_off(line)


@pytest.mark.parametrize("line", ["Police force reports", "The council reports", "(周末除外)", "本报记者 甘露"])
def test_other_short_lines_are_no_sign_off(line: str) -> None:
    assert not is_sign_off(line)


def test_a_role_without_brackets_signs_the_end_of_a_text_and_a_credit_does_not() -> None:
    assert signature_start("活动办到年底。本报记者 甘露") == 7 and signature_start("活动办到年底。本报记者甘露摄") == -1


def test_names_of_two_characters_and_rare_surnames_are_names() -> None:
    assert name_line("欧阳春") and name_line("诸葛小明") and name_line("邢家和") and not name_line("春暖花开")
    assert is_author_line(fold("●歐陽春")) and is_author_line("□兀小雨") is False


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("记者许淑芬澎湖报道", "许淑芬"),
        ("记者王明台北报道", "王明"),
        ("记者蔡文彬/台中报道", "蔡文彬"),
        ("记者欧阳小明报道", "欧阳小明"),
        ("记者阿依古丽报道", "阿依古丽"),
    ],
)
def test_a_place_behind_a_name_is_no_part_of_it(text: str, name: str) -> None:
    assert next(found for _, found, _ in people(text)) == name


def test_a_dash_or_details_make_a_deck() -> None:
    assert explains("沿着古道走进深山", "——石门乡马帮后人探访见闻")
    assert explains("城北公交快线今日开通", "全程18公里设14站,早高峰每6分钟一班")
    assert not explains("市卫健委发布提醒", "流感季节来临 老人儿童应尽早接种疫苗")
    assert not explains("秋收时节", "全县50万亩水稻,已经收割30万亩")


@pytest.mark.parametrize(
    "text",
    ["这是一段没有任何标点的文字只有一行", "2022年6月14日,星期二,我去了北京。", "你好。", "咨询请打热线电话12345。"],
)
def test_a_page_of_plain_prose_is_one_article_with_all_its_text(text: str) -> None:
    (article,) = _articles(text)
    assert (article.title, article.text) == ("", text)


LEAD = "停业两年的南湖夜市昨晚重新开张,数千名市民前来逛街购物,品尝小吃。\n\n夜市管理方介绍,所有摊主都办理了健康证。"


@pytest.mark.parametrize("signed", ["\n\n宋一鸣", "\n\n(甘露 邵敏)", " (宋一鸣)", "\n\n记者 宋一鸣", "(本报记者 丁一)"])
def test_a_single_story_keeps_its_headline_and_its_signature(signed: str) -> None:
    assert _credits(f"南湖夜市重新开张\n\n{LEAD}{signed}") == [("南湖夜市重新开张", signed.strip())]


@pytest.mark.parametrize("name", ["◇青禾", "□老木 文/图", "■本报记者 宋一鸣 通讯员 甘露", "（宋一鸣）"])
def test_a_pen_name_with_a_mark_needs_no_surname(name: str) -> None:
    assert _credits(f"南湖夜市重新开张\n\n{name}\n\n{LEAD}") == [("南湖夜市重新开张", name)]


@pytest.mark.parametrize(
    ("text", "byline"),
    [
        ("木报讯 记者张三丰 通讯员李小四报道 今天开学。", "木报讯 记者张三丰 通讯员李小四报道"),
        ("本报汛(记耆 张三丰)今天开学。", "本报汛(记耆 张三丰)"),
        ("【本拔讯】(记者郑康若 通迅员孙霞娟)今天开学。", "【本拔讯】(记者郑康若 通迅员孙霞娟)"),
        ("(记耆 薛子汉 实习主 杜超浩)今天开学。", "(记耆 薛子汉 实习主 杜超浩)"),
        ("通迅员龙森雪报道 今天开学。", "通迅员龙森雪报道"),
    ],
)
def test_a_byline_is_one_although_a_letter_of_its_set_words_is_misread(text: str, byline: str) -> None:
    assert text[: lead_byline(text)] == byline


@pytest.mark.parametrize(
    "text", ["读者 王小明", "学者王明报告 今天开讲。", "记得张三丰今天说,报道很多。", "本报告 记录张三丰"]
)
def test_words_like_those_of_bylines_open_none(text: str) -> None:
    assert lead_byline(text) == 0


@pytest.mark.parametrize(
    ("line", "names"),
    [("记者 丁立冬 文 韩雪 摄", ["丁立冬", "韩雪"]), ("本报记者 丁立冬 文 韩雪 图", ["丁立冬", "韩雪"]),
     ("本报记者 丁立冬 摄影 韩雪", ["丁立冬", "韩雪"]), ("本报讯 体育记者 丁立冬", ["丁立冬"]),
     ("【本報訊】記者　麥朗然", ["麥朗然"]), ("【本報訊】記者　麥朗然　攝影　卓文傑", ["麥朗然", "卓文傑"])],
)  # fmt: skip
def test_who_wrote_and_who_photographed_share_a_line_under_the_headline(line: str, names: list[str]) -> None:
    text = (
        f"河边步道昨天开放\n\n{line}\n\n四公里长的步道昨天开放，全程没有台阶，轮椅也能通过。\n\n沿路种了三百棵柳树。\n"
    )
    (article,) = reconstruct(Page("page.txt", text))
    assert article.byline == line and lead_byline(fold(line)) == len(line)
    assert [fold(name) for name in names] == [name for _, name, _ in people(fold(article.byline))]


@pytest.mark.parametrize(
    "text", ["【本报讯】记者从市总工会获悉,步道昨天开放。", "【本报讯】记者 丁立冬说,步道昨天开放。"]
)
def test_a_sentence_about_reporters_is_no_byline_in_full(text: str) -> None:
    assert lead_byline(text) == len("【本报讯】")
