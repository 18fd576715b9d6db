"""Small pages in the layouts that newspapers really use, each with the articles that a reader sees in it."""

import pytest

from qa.articles import line_ranges, reconstruct
from qa.datatypes import Article, Page

TIGHT = """\
2022年6月14日 星期二 第3版 民生 责任编辑:周小舟 电话:0571-85310000
老旧小区加装电梯跑出加速度
今年已有86个楼道“上新”
本报记者 林小溪 通讯员 何田田
日前,湖滨街道青年路社区的王阿姨乘着刚刚启用的电梯下楼买菜。“以前住六楼,拎着菜爬楼梯要歇三次,现在一分钟就到家了。”她说。
据街道工作人员介绍,今年以来全街道已有86个单元楼道完成电梯加装,另有40多个楼道正在施工。
街道还成立了加梯工作专班,上门听取一楼住户的意见,逐户解决采光、噪声等问题。
公园里开起“树下课堂”
本报讯(记者 孙立)每周六上午,城东公园的大香樟树下总是围满了孩子。植物学老师带着他们辨认树叶,讲解植物的故事。
课堂由区园林中心和少年宫联合开办,免费向市民开放,至今已经举办了24期,有1100多个家庭参加。
夏季用电进入高峰 供电部门全力保障
本报讯 记者高远报道 连日来气温攀升,全市用电负荷节节走高。供电公司组织了32支抢修队伍24小时待命,对重点线路开展特巡。
截至目前,电网运行平稳,没有出现限电情况。
"""

SIGNED = """\
# 雨夜里的那盏灯

那年冬天,我在乡下的小学教书。学校只有三间瓦房,夜里常常停电,孩子们就点着煤油灯上自习。

有一天夜里下起大雨,山路塌了一段,家长们打着手电筒来接孩子。老校长提着马灯站在桥头,一个一个地把孩子送过河。

如今桥早已修好,路灯也亮了,可我总是想起那盏马灯。

(许冬生)

# 菜园里的夏天

母亲在屋后开了一块菜园,种了黄瓜、豆角和茄子。清晨露水还没有干,她就提着篮子去摘菜。

黄瓜要趁嫩的时候吃,豆角隔两天就要摘一次。母亲说,菜和人一样,要有人惦记才长得好。

(方小禾)
"""

ENGLISH = """\
The Harbour Post
Saturday, July 9, 2022
HARBOUR
Ferry service to return after three years
By Alice Carter
Transport reporter
The passenger ferry between Easton and Millbrook will start
running again in September, the port authority said on Mon-
day, three years after a fire destroyed the old terminal.
Engineers found heavy corro-
sion on the pier and had to replace forty steel pillars before
the new terminal could open.
Tickets will cost four dollars, and children travel free.
SPORT
Rowing club wins regional title
By Daniel Stone
The Seaford rowing club won the regional championship for the
first time on Sunday, beating last year's winners by two
seconds in heavy rain.
Coach Maria Walsh said the crew had trained every morning
since January.
"""

TRADITIONAL = """\
颱風逼近 花蓮漁港提前封港

記者林怡君／花蓮報導

中央氣象局昨天發布海上颱風警報，花蓮區漁會通知所有漁船在傍晚以前返港避風。

漁會總幹事說，港內已經加綁纜繩，並準備了抽水機和沙包，請漁民不要心存僥倖。

農民搶收香蕉

【記者陳志明／屏東報導】為了減少損失，屏東農民連夜搶收香蕉，鄉公所也調派人手協助。

農會表示，收購價格比照上週，請農民放心。
"""

BRIEFS = """\
## 简讯

### 图书馆延长开放时间

本报讯 从7月1日起,市图书馆每天延长开放两个小时,周末开放到晚上十点。

### 两条公交线路调整

本报讯 因道路施工,12路和37路公交车从今天起临时改道,工期预计三个月。

### 暑期游泳培训开始报名

本报讯 市体育中心的少儿游泳培训班开始报名,名额200个,额满为止。
"""

COLUMN = """\
## 山村里的“共享厨房”

本报讯 记者胡一舟报道 在石桥村,

一间由旧粮仓改成的“共享厨房”

成了老人们最爱去的地方。每天中

午,十几位志愿者轮流掌勺,为村里

70岁以上的老人做饭。

石桥村的年轻人大多在外打

工,留在村里的老人吃饭常常是凑

合一顿。去年春天,村里把闲置的粮

仓收拾出来,办起了厨房。

一年多来,厨房已经供应了两

万多份饭菜。

## 溪口小学有了新操场

本报讯 通讯员丁小满报道 8月

20日,溪口小学的新操场铺好了。孩

子们第一次踩上了塑胶跑道。
"""


def _articles(text: str) -> tuple[Article, ...]:
    return reconstruct(Page("page.txt", text))


def _titles(text: str) -> list[str]:
    return [article.title for article in _articles(text)]


def test_a_page_without_any_blank_line_falls_into_its_stories() -> None:
    articles = _articles(TIGHT)
    assert [line_ranges(article, TIGHT) for article in articles] == [[[2, 7]], [[8, 10]], [[11, 13]]]
    assert [article.byline for article in articles] == [
        "本报记者 林小溪 通讯员 何田田",
        "本报讯(记者 孙立)",
        "本报讯 记者高远报道",
    ]


def test_a_line_of_the_page_itself_belongs_to_no_story() -> None:
    assert all("责任编辑" not in article.text for article in _articles(TIGHT))


def test_a_name_at_the_end_signs_the_story_before_it() -> None:
    articles = _articles(SIGNED)
    assert [(a.title, a.byline) for a in articles] == [
        ("雨夜里的那盏灯", "(许冬生)"),
        ("菜园里的夏天", "(方小禾)"),
    ]


def test_english_stories_are_found_and_their_lines_joined() -> None:
    articles = _articles(ENGLISH)
    assert [a.title for a in articles] == [
        "Ferry service to return after three years",
        "Rowing club wins regional title",
    ]
    assert articles[0].byline.startswith("By Alice Carter")
    assert "will start running again in September" in articles[0].text
    assert "won the regional championship for the first time on Sunday" in articles[1].text


def test_a_word_broken_by_a_hyphen_is_whole_again_and_its_hyphen_in_no_span() -> None:
    (article, _) = _articles(ENGLISH)
    assert "heavy corrosion on the pier" in article.text and "said on Monday, three years" in article.text
    covered = "".join(ENGLISH[a:b] for a, b in article.spans)
    assert "corro-" not in covered and "corrosion" in covered


def test_traditional_pages_are_read_like_simplified_ones() -> None:
    articles = _articles(TRADITIONAL)
    assert [a.title for a in articles] == ["颱風逼近 花蓮漁港提前封港", "農民搶收香蕉"]
    assert [a.byline for a in articles] == ["記者林怡君／花蓮報導", "【記者陳志明／屏東報導】"]


def test_items_in_brief_are_articles_of_their_own() -> None:
    articles = _articles(BRIEFS)
    assert [a.title for a in articles] == ["图书馆延长开放时间", "两条公交线路调整", "暑期游泳培训开始报名"]
    assert articles[0].section == "简讯"


def test_narrow_columns_are_joined_to_paragraphs() -> None:
    first, second = _articles(COLUMN)
    bodies = [paragraph.text for paragraph in first.paragraphs if paragraph.kind == "body"]
    assert bodies[0].startswith("在石桥村,一间由旧粮仓改成的“共享厨房”成了老人们最爱去的地方。每天中午,")
    assert bodies[-1].endswith("厨房已经供应了两万多份饭菜。")
    assert first.byline == "本报讯 记者胡一舟报道"
    assert "8月20日,溪口小学的新操场铺好了。孩子们第一次踩上了塑胶跑道。" in second.text


def test_a_subhead_inside_a_story_starts_no_article() -> None:
    body = "近年来,镇里把环境整治当作头等大事来抓,先后投入资金两千多万元,修建了污水管网和垃圾中转站。"
    text = (
        "青山镇绿色发展见成效\n\n本报讯 记者周一鸣报道 青山镇从关停小矿山起步,走出了一条生态富民的新路子。\n\n"
        f"关停矿山 还绿于民\n\n{body}\n\n发展旅游 富了百姓\n\n去年,全镇接待游客三十万人次,农家乐发展到八十多家。\n"
    )
    (article,) = _articles(text)
    assert [p.text for p in article.paragraphs if p.kind == "subhead"] == ["关停矿山 还绿于民", "发展旅游 富了百姓"]


def test_a_caption_ends_a_picture_story_and_starts_none() -> None:
    text = (
        "稻田里的收割机\n\n近日,在城北乡的万亩良田里,收割机来回穿梭,农民忙着抢收早稻,一派丰收景象。\n\n"
        "图为收割现场。 通讯员何大田 摄\n\n老街修旧如旧\n\n"
        "本报讯 记者沈一诺报道 经过一年的整修,有三百年历史的南门老街昨天重新开街,三十多家老字号回到老街。\n"
    )
    first, second = _articles(text)
    assert [p.kind for p in first.paragraphs] == ["headline", "body", "caption"]
    assert (first.byline, second.title) == ("通讯员何大田 摄", "老街修旧如旧")


def test_a_caption_between_two_halves_does_not_break_the_join() -> None:
    text = (
        "社区食堂暖胃又暖心\n\n本报讯 记者许一丹报道 昨天中午,梅园社区的食堂里坐满了前来用餐的老人。\n\n"
        "食堂每天供应六菜一汤,价格只有十二元,行动不便的老人还可以打电话预订,由志愿者送饭上\n\n"
        "图为志愿者在打包饭菜。 周晓 摄\n\n门。社区负责人说,食堂开业半年来已经服务老人三万多人次。\n"
    )
    (article,) = _articles(text)
    assert "由志愿者送饭上门。社区负责人说" in article.text


def test_a_headline_between_two_halves_does_not_break_the_join() -> None:
    text = (
        "# 桥头镇建起百姓健身房\n\n本报讯 记者吴一凡报道 桥头镇的百姓健身房上周开门迎客,两百平方米的场地里设有跑步\n\n"
        "# 县剧团送戏下乡\n\n机、动感单车和力量器械,村民刷身份证就可以进去锻炼。\n\n"
        "本报讯 通讯员钱多多报道 县剧团的大篷车昨天开进了岭下村,为村民演出了三场越剧。\n"
    )
    assert "设有跑步机、动感单车和力量器械" in "".join(article.text for article in _articles(text))


@pytest.mark.parametrize("mark", ["", "# ", "## "])
def test_a_single_story_is_one_article_with_its_headline(mark: str) -> None:
    lead = "本报讯 记者陶一然报道 三年前,清溪还是一条臭水沟,如今溪水清澈见底。"
    text = f"{mark}河长制让小溪变清\n\n{lead}\n\n村民们说,是河长天天巡河才有了今天。\n"
    (article,) = _articles(text)
    assert (article.title, article.byline) == ("河长制让小溪变清", "本报讯 记者陶一然报道")


@pytest.mark.parametrize("text", ["。", "#", "**", "\ufeff", "1", "a", "# 标题", "本报讯", "\r\n\r\n", "摄", "(", "“”"])
def test_fragments_of_pages_do_no_harm(text: str) -> None:
    for article in _articles(text):
        assert "".join(text[a:b] for a, b in article.spans) in text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems_give_the_same_articles(end: str) -> None:
    text = TIGHT.replace("\n", end)
    assert [line_ranges(article, text) for article in _articles(text)] == [[[2, 7]], [[8, 10]], [[11, 13]]]
