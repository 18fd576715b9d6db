"""Pages on which every story opens with the names of its reporters: no headline may be taken for a sub-head."""

import pytest

from qa.articles import line_ranges, reconstruct
from qa.articles.bylines import credits_writer, reporting_phrase
from qa.articles.lines import read_lines
from qa.articles.openings import headline_groups, is_display, is_english_byline, is_mail_line, openings
from qa.articles.tagger import tag_lines
from qa.datatypes import Article, Page
from qa.text import fold

# Every story: its headline group, the place of the headline in it, its paragraphs.
SIMPLIFIED = (
    (("三十吨冬枣 一天卖光",), 0, ("“没想到直播这么管用!”昨天傍晚,果农邱大成看着空荡荡的仓库笑了。",
     "目前,剩下的晚熟枣子也已经被两家超市订走。")),
    (("旧厂房改造", "纺织厂里“长”出羽毛球馆"), 1, ("停产十二年的第三纺织厂,如今成了市民打球的好去处。",
     "改造保留了锯齿形的屋顶和两台老织机,新铺了十八片场地。")),
    (("谁来修好门口这段路?",), 0, ("新华路与解放路之间有一段三百米的断头路,下雨天积水没过脚背。",
     "市政部门答复说,这段路因资金问题停工,现已列入明年的改造计划。")),
    (("非遗进校园", "竹编课", "小学生用竹篾编出一只只灯笼"), 2, ("走进溪北小学的劳动教室,墙上挂满了工具。",
     "七十岁的篾匠祝老根每周来上两节课,学生们已经学会了挑一压一的编法。")),
    (("120名新兵启程",), 0, ("昨天上午,火车站广场锣鼓喧天,120名新兵胸戴红花登上列车。",
     "今年全市有三千多名青年报名应征,其中大学毕业生占六成。")),
)  # fmt: skip
TRADITIONAL = (
    (("颱風吹倒百年老榕 居民盼原地扶植",), 0, ("昨天的強風吹倒了媽祖廟前的百年老榕樹,壓壞兩輛機車,所幸無人受傷。",
     "里長說,老樹是居民的共同記憶,已請樹醫生評估能否扶正重植。")),
    (("蜂農改養紅淋山椒", "——南庄徐阿水的三年"), 0, ("南庄的蜂農徐阿水三年前在山坡上試種兩百株,今年第一次收成。",
     "農改場指出,山椒耐旱又少蟲害,適合坡地,預計明年推廣到三個鄉。")),
    (("老戲院重開", "放映機轉動 阿嬤落淚"), 1, ("停業三十年的中央戲院昨天重新開門,第一場放的是黑白台語片。",
     "戲院由文化局出資整修,每週六放映兩場,票價一百元。")),
    (("你家的水塔多久沒洗了?",), 0, ("衛生局抽查四十棟大樓,發現十一棟的水塔超過兩年未清洗。",
     "環保局提醒,水塔每半年應清洗一次,逾期未改可罰三萬元。")),
    (("「口琴爺爺」吹進安養院",), 0, ("七十八歲的退休郵差游金樹,每個月帶著十二支口琴到安養院演奏。",
     "他說,老人家聽到老歌會跟著打拍子,這就是最好的掌聲。")),
)  # fmt: skip
ENGLISH = (
    (("Bakery on Mill Road closes after 90 years",), 0, ("The oven at Harrow and Sons went cold on Saturday.",
     "Owner Janet Harrow said flour and gas had doubled in price and no buyer could be found.")),
    (("SCHOOLS", "Pupils plant 400 trees along the river path", "Volunteers hope roots will hold the bank"), 1,
     ("Children from four primary schools spent Friday digging holes beside the Tarn.",
      "A second planting is due in March.")),
    (("Who will save the lido?",), 0, ("WESTGATE: The open-air pool has not held water since frost cracked its floor.",
     "Repairs would cost 600,000 pounds, and the trust that runs it has raised less than a tenth.")),
    (("'We heard it before we saw it'",), 0, ("A landslip swept a garden wall onto the railway near Corley on Sunday.",
     "Engineers expect the line to open again by the weekend, with buses running until then.")),
    (("Council votes down parking charge",), 0, ("A plan to charge drivers by the beach was rejected on Tuesday.",
     "Traders had warned that visitors would stay away in winter.")),
)  # fmt: skip
NAMES = {"s": "甘立 欧阳春晓 贾晓明 宁静 金水生", "t": "林怡君 歐陽佩珊 游明 簡惠茹 葉子"}
LATIN = ("Jane Doe", "Tom O'Neill", "Priya Shah", "Ruth K. Barnes", "Mark Ellison")
# "|" ends the line of the byline; without it the text follows in the same line.
FORMS = {
    "s": (
        "本报讯 记者{} 报道 ", "本报讯(记者 {} 通讯员 庄严)", "本报记者 {}|",
        "□本报记者 {}|", "文/晚报记者 {} 图/庄严|",
        "记者{} 通讯员庄严报道|", "■{}|", "**本报讯**(通讯员 庄严 记者 {})", "本报讯 通讯员{}、庄严报道 ",
    ),
    "t": (
        "〔記者{}/花蓮報導〕", "記者{}/台北報導|", "(記者{} 屏東報導)", "【記者{}／苗栗報導】", "記者{}╱台東報導|",
        "文、圖:{}|", "特約記者 {}|", "（本報記者{}高雄報導）",
    ),
    "e": ("By {}|", "BY {}|", "By {}, Staff Reporter|", "By {}|desk@post.example|", "{}|"),
}  # fmt: skip
STORIES = {"s": SIMPLIFIED, "t": TRADITIONAL, "e": ENGLISH}
CASES = [(language, form) for language, forms in FORMS.items() for form in forms]
# Which stories bear Markdown marks, and what stands between the lines.
SETTINGS = ((), (0, 3), (1, 2), (0, 1, 2, 3, 4))


def _names(language: str) -> list[str]:
    return list(LATIN) if language == "e" else NAMES[language].split()


def _page(language: str, form: str, marked: tuple[int, ...], between: str, turn: int) -> tuple[str, list[list[str]]]:
    """The page and the lines of each of its stories; `turn` moves the first story down."""
    order = [(n + turn) % 5 for n in range(5)]
    stories = []
    for n, name in zip(order, _names(language), strict=True):
        heads, title, text = STORIES[language][n]
        shown = [f"## {head}" if n in marked and i == title else head for i, head in enumerate(heads)]
        byline = form.format(name.upper() if form == "BY {}|" else name)
        first = [*byline.rstrip("|").split("|"), text[0]] if byline.endswith("|") else [byline + text[0]]
        stories.append([*shown, *first, *text[1:]])
    return between.join(line for story in stories for line in story) + "\n", stories


def _lines_of(article: Article, page: str) -> list[str]:
    lines = page.split("\n")
    numbers = [n for first, last in line_ranges(article, page) for n in range(first, last + 1)]
    return [lines[n - 1] for n in numbers if lines[n - 1]]


@pytest.mark.parametrize(("language", "form"), CASES)
@pytest.mark.parametrize("between", ["\n\n", "\n"])
@pytest.mark.parametrize("marked", SETTINGS)
def test_every_story_with_an_opening_byline_stands_by_itself(
    language: str, form: str, between: str, marked: tuple[int, ...]
) -> None:
    for turn in (0, 3):
        page, stories = _page(language, form, marked, between, turn)
        articles = reconstruct(Page("page.txt", page))
        assert [_lines_of(article, page) for article in articles] == stories


@pytest.mark.parametrize(("language", "form"), CASES)
def test_headlines_and_names_are_those_that_were_printed(language: str, form: str) -> None:
    for marked in SETTINGS:
        page, _ = _page(language, form, marked, "\n\n", 1)
        articles = reconstruct(Page("page.txt", page))
        heads = [STORIES[language][n] for n in (1, 2, 3, 4, 0)]
        assert [article.title for article in articles] == [group[title] for group, title, _ in heads]
        for article, name in zip(articles, _names(language), strict=True):
            assert name.casefold() in article.byline.casefold()


STORY = "去年冬天,镇里请来师傅修好了村口的水车,老人们又听见了熟悉的水声。"


@pytest.mark.parametrize(
    "end", ["(记者 甘立)", "本报记者 甘立 摄", "(县农技推广中心)", "记者 甘立", "图为修好的水车。 庄严 摄"]
)
def test_names_under_a_story_and_pictures_open_none(end: str) -> None:
    page = f"水车又转起来了\n\n本报讯 记者宁静报道 {STORY}\n\n{STORY}\n\n{end}\n"
    (article,) = reconstruct(Page("page.txt", page))
    assert article.title == "水车又转起来了"
    assert "宁静" in article.byline


@pytest.mark.parametrize("subhead", ["老水车的故事", "一、请来师傅", "修车不容易"])
def test_subheads_over_text_without_a_byline_stay_in_their_story(subhead: str) -> None:
    page = f"## 水车又转起来了\n\n本报讯 记者宁静报道 {STORY}\n\n**{subhead}**\n\n水车修好以后,{STORY}\n"
    assert len(reconstruct(Page("page.txt", page))) == 1


def test_two_lines_of_names_open_one_story() -> None:
    page = f"水车又转起来了\n\n本报记者 宁静\n\n本报通讯员 庄严\n\n{STORY}\n\n{STORY}\n"
    assert len(reconstruct(Page("page.txt", page))) == 1


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("本报讯(记者 甘立)昨天下午", "本报讯(记者 甘立)"),
        ("本报讯 记者甘立 报道 昨天", "本报讯 记者甘立 报道"),
        ("〔記者游明/花蓮報導〕昨天", "〔記者游明/花蓮報導〕"),
        ("記者游明╱花蓮報導", "記者游明╱花蓮報導"),
        ("(记者甘立 南山报道)昨天", "(记者甘立 南山报道)"),
        ("记者了解到,昨天的报道不实。", ""),
        ("本报讯 昨天下午,大桥通车。", ""),
        ("本报记者 甘立", ""),
        ("by jane doe", ""),
    ],
)
def test_the_phrase_that_reports_is_measured(text: str, phrase: str) -> None:
    assert reporting_phrase(fold(text)) == len(phrase)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("By Jane Doe", True), ("BY JANE DOE AND TOM O'NEILL", True), ("By Jane Doe, Transport Reporter", True),
        ("By the time the bus came", False), ("By noon it was over.", False), ("Jane Doe", False),
    ],
)  # fmt: skip
def test_english_bylines_have_names_in_capitals(printed: str, expected: bool) -> None:
    assert is_english_byline(printed) is expected


def test_an_address_is_a_line_of_its_own() -> None:
    assert is_mail_line("jane.doe@post.example") and is_mail_line("E-mail: jane@post.example")
    assert not is_mail_line("Write to jane@post.example by Friday.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("文/晚报记者 甘立 图/庄严", True),
        ("文、圖:簡惠茹", True),
        ("特约记者 谭某", True),
        ("图/庄严", False),
        ("文明城市", False),
    ],
)
def test_a_line_that_says_who_wrote_needs_no_common_surname(text: str, expected: bool) -> None:
    assert credits_writer(fold(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("谁来修好门口这段路?", True), ("三十吨冬枣 一天卖光", True), ("Council votes down parking charge", True),
        ("村里的水车又转起来了。", False), ("首先,", False), ("(县农技推广中心)", False), ("(许冬生)", False),
        ("图为收割现场", False), ("desk@post.example", False), ("with buses running until then", False),
        ("The college gave a prize to", False), ("冬" * 41, False),
    ],
)  # fmt: skip
def test_what_is_set_like_a_headline(text: str, expected: bool) -> None:
    assert is_display(read_lines(text)[0]) is expected


def _openings(page: str) -> tuple[list[int], set[int]]:
    lines = read_lines(page)
    opened = openings(lines)
    return opened, headline_groups(lines, opened)


def test_the_group_above_a_byline_ends_at_a_finished_sentence() -> None:
    assert _openings(f"{STORY}\n老戏院\n放映机又转起来了\n记者甘立 南山报道\n{STORY}\n") == ([3], {1, 2})


def test_a_column_torn_above_a_byline_is_no_headline() -> None:
    column = "去年冬天镇里请来师傅修好\n了村口的水车老人们又听见\n熟悉的水声村里的年轻人也\n都来看热闹,当天全国民航\n"
    column += "共运送旅客四百万人次航班\n"
    after = "本报讯 记者甘立报道 大桥昨\n天下午三点正式通车两岸居\n民来往只要十分钟就能到达\n"
    opened, group = _openings(column + after)
    assert (opened, group) == ([5], set())


def test_verse_above_a_byline_is_no_headline() -> None:
    verse = "山风吹过竹林\n溪水流过石桥\n老人坐在门前\n孩子跑过田埂\n炊烟升上屋顶\n黄昏落在肩头\n"
    assert _openings(f"{verse}本报讯 记者甘立报道 {STORY}\n") == ([6], set())


def test_two_words_in_capitals_over_a_headline_with_a_byline_are_no_name() -> None:
    page = (
        "SECOND CHANCES\n\nNight school opens for weavers\n\nPeter Ong\n\nForty-three weavers sat the test last week.\n"
    )
    assert _openings(page)[0] == [2]


def test_a_byline_over_nothing_opens_nothing() -> None:
    assert _openings("水车又转起来了\n\n本报记者 甘立\n")[0] == []
    assert _openings("")[0] == []


def test_the_tagger_gives_opening_lines_no_other_tag() -> None:
    page = f"{STORY}\n\n水车\n\n〔記者游明/花蓮報導〕{STORY}\n"
    assert tag_lines(read_lines(page))[1:] == ["headline", "byline"]


@pytest.mark.parametrize("end", ["民 孟宗颖", "本报记耆金凯刚摄"])
def test_what_a_scan_left_of_a_signature_is_no_headline(end: str) -> None:
    assert _openings(f"{STORY}\n{end}\n本报讯 记者甘立报道 {STORY}\n") == ([2], set())


@pytest.mark.parametrize(
    "tail",
    [
        "的由来",
        " <svg onload=pwned> 与 <b>粗体</b> 一并印出的由来与经过",
        "与其他十九个村庄合办夜校并邀请退休教师回乡任教" * 2,
    ],
)
def test_a_line_with_a_heading_mark_is_a_headline_even_when_it_is_long(tail: str) -> None:
    page = f"# 乙丑镇告示{tail}\n\n本报讯 {STORY}\n"
    (article,) = reconstruct(Page("notice.txt", page))
    assert fold(article.title) == fold(f"乙丑镇告示{tail}".strip())
