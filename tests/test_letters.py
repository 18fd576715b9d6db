"""Letters, stories signed at their end and headline groups without marks, on small pages of other papers."""

import pytest

from qa.articles import line_ranges, reconstruct
from qa.articles.bylines import name_line
from qa.articles.letters import heads_letter, is_letter_signature, letter_signatures
from qa.articles.lines import read_lines
from qa.articles.titles import choose_title
from qa.datatypes import Page

LETTERS = """\
Letters to the editor

Keep the library open

SIR: The council wants to shut the branch library in Station Road to save forty thousand pounds a year.

Children do their homework there, and the nearest other library is five miles away.

Margaret Hollis, Corley

Dogs on the beach

Your report of 3 May says that dogs frighten the terns.

In thirty years of walking here I have never seen a dog chase one.

P. J. Wray, Westgate

Thank you to a stranger

On Monday my wheelchair stuck in the tram rails at Bridge Street, and a young man lifted me out.

I did not learn his name, but I hope he reads this.

Edith Marlow (Mrs), Harbour View
"""

SIGNED = """\
修鞋摊前的三十年

桥头的修鞋摊摆了三十年,修鞋匠老鲁的手上全是老茧。

他说,只要还有人拿鞋来,他就一直修下去。

(甘立)

一碗面的温度

面馆老板韩大姐每天给环卫工留二十碗面,已经坚持了六年。

“他们起得比我早。”她说。

(金水生 宁静)
"""


def test_every_letter_ends_with_the_name_of_its_writer() -> None:
    articles = reconstruct(Page("page.txt", LETTERS))
    assert [line_ranges(article, LETTERS) for article in articles] == [[[1, 9]], [[11, 17]], [[19, 25]]]
    assert [article.byline for article in articles] == [
        "Margaret Hollis, Corley", "P. J. Wray, Westgate", "Edith Marlow (Mrs), Harbour View",
    ]  # fmt: skip
    assert [a.title for a in articles] == ["Keep the library open", "Dogs on the beach", "Thank you to a stranger"]


def test_one_line_of_names_and_places_signs_nothing() -> None:
    assert letter_signatures(read_lines("The rain stopped.\n\nJane Doe, Westgate\n\nOld mill sold\n")) == []


def test_names_over_text_sign_nothing() -> None:
    page = "It rained.\n\nJane Doe, Westgate\n\nShe came home.\n\nJohn Roe, Corley\n\nHe stayed.\n"
    assert letter_signatures(read_lines(page)) == []


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("Jane Doe, Westgate", True), ("Dr. Ruth K. Barnes, Harbour View, Easton", True),
        ("Edith Marlow (Mrs), Corley", True), ("Jane Doe said so, Westgate", False), ("Westgate", False),
        ("the mayor, Westgate", False), ("Jane Doe", False),
    ],
)  # fmt: skip
def test_a_letter_is_signed_with_a_name_and_a_place(printed: str, expected: bool) -> None:
    assert is_letter_signature(printed) is expected


def test_a_display_line_behind_a_signature_is_a_headline() -> None:
    articles = reconstruct(Page("page.txt", SIGNED))
    assert [(a.title, a.byline) for a in articles] == [
        ("修鞋摊前的三十年", "(甘立)"),
        ("一碗面的温度", "(金水生 宁静)"),
    ]


# The lines of a headline group without marks, the place of the headline, the first sentence of the story.
GROUPS = (
    (("荒田复耕", "三百亩撂荒地又飘起稻香"), 1, "石桥村的三百亩撂荒地今年重新种上了水稻,昨天开镰收割。"),
    (("民生一线", "小区门口的“断头灯”亮了"), 1, "昨晚七点,锦绣小区门口停了半年的路灯终于亮了。"),
    (("渔港深夜亮起一盏灯", "渔嫂们办夜校,一年学会三门手艺"), 0, "每天晚上八点,东港渔村的夜校里坐满了渔嫂。"),
    (("县医院开设夜间门诊", "每周一至周五开到21时,已接诊3200人次"), 0, "县医院上月起开设夜间门诊,方便上班族看病。"),
    (("一封家书走了四十年", "《寄往台湾的信》在县档案馆展出"), 0, "四十年前寄出的一封家书,昨天在县档案馆展出。"),
    (("浑水村终于喝上清水", "白石乡水厂改造纪事"), 0, "一下雨,水龙头就淌黄汤,村里人喝了三十年。"),
    (("文化周刊", "古戏台", "百年戏台又闻锣鼓声"), 2, "停演二十年的古戏台昨晚又响起了锣鼓声。"),
    (("记者调查", "共享单车为何“堵”在地铁口"), 1, "早高峰的地铁口,共享单车堆了三层。"),
    (("台風過後", "農民搶收最後一批文旦"), 1, "颱風過後,麻豆的農民忙著搶收最後一批文旦。"),
    (("公園新貌", "廢棄鐵道變身自行車道", "全長八公里,串起五個社區"), 1, "廢棄二十年的鐵道改成自行車道,全長八公里。"),
    (("快递小哥", "风雨里跑出“城市合伙人”"), 1, "快递小哥孙明亮跑了八年,如今成了社区的合伙人。"),
    (("SPORT", "Rovers end long wait for away win"), 1, "Rovers won away for the first time in fourteen months."),
    (("Town hall clock to chime again", "Volunteers raise 12,000 pounds for new gears"), 0,
     "The town hall clock will chime again at Easter after volunteers raised 12,000 pounds."),
)  # fmt: skip


@pytest.mark.parametrize(("group", "title", "text"), GROUPS)
def test_neither_a_kicker_nor_a_deck_is_the_headline(group: tuple[str, ...], title: int, text: str) -> None:
    assert choose_title(read_lines("\n\n".join(group)), body=text) == title


@pytest.mark.parametrize("place", ["MILLBROOK: ", "EASTON — ", ""])
def test_stories_that_open_with_a_place_stand_by_themselves(place: str) -> None:
    page = (
        f"Storm cuts power to 3,000 homes\n\n{place}A storm that crossed the coast cut power to many homes.\n\n"
        f"Museum buys fisherman's diary\n\n{place}The maritime museum has bought the diary of a fisherman from 1871.\n"
    )
    titles = [article.title for article in reconstruct(Page("page.txt", page))]
    assert titles == ["Storm cuts power to 3,000 homes", "Museum buys fisherman's diary"]


def test_a_line_of_nothing_but_brackets_names_nobody() -> None:
    assert not name_line("") and not name_line("()")


COLUMN = """\
西桥菜场搬进新楼

本报讯 记者卢青 西桥菜场昨天搬进三层新楼，摊位由九十个增加到一百四十个。

菜场每天早上五点开门。

{headline}

{opening}，楼下的水泵夜里响个不停，孩子睡不着，找了物业三次都没有结果。

答：物业应当在收到报修后七天内处理，逾期可以向街道反映，街道必须书面答复。
"""


@pytest.mark.parametrize(
    "headline",
    ["律师信箱：水泵太吵该找谁？", "【读者热线】水泵夜里响 孩子睡不着", "问与答：水泵与物业", "读者问 法官答",
     "街坊來信：水泵吵了三個月", "你问我答：水泵归谁修，街道管不管？"],
)  # fmt: skip
@pytest.mark.parametrize("opening", ["编辑同志：我住在六楼", "问：我住在六楼"])
def test_the_name_of_a_letters_column_opens_the_headline_of_a_story(headline: str, opening: str) -> None:
    articles = reconstruct(Page("page.txt", COLUMN.format(headline=headline, opening=opening)))
    assert [article.title for article in articles] == ["西桥菜场搬进新楼", headline]
    assert "七天内" in articles[1].paragraphs[-1].text


@pytest.mark.parametrize(
    "text",
    ["上文完。\n读者老王来信：水泵夜里响\n他说三次都没有结果。", "上文没有完\n律师信箱：水泵太吵\n该找谁，信里没有说。",
     "上文完。\n热线电话是12345。\n请打这个电话。", "上文完。\n记者问：水泵归谁修？\n他说归物业。",
     "上文完。\n律师信箱：水泵"],
)  # fmt: skip
def test_other_lines_that_speak_of_letters_are_no_headlines(text: str) -> None:
    assert not heads_letter(read_lines(text), 1)
