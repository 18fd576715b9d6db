"""Printed forms of bylines, credits and signatures, and what only looks like one."""

import pytest

from qa.articles.bylines import (
    credit_start,
    is_affiliation,
    is_author_line,
    is_caption,
    lead_byline,
    name_line,
    opens_report,
    people,
    signature_start,
)
from qa.text import fold


@pytest.mark.parametrize(
    "phrase",
    [
        "本报讯 记者张三 通讯员李四、王小五报道",
        "本报讯 通讯员李四报道",
        "记者张三报道",
        "记者张三 通讯员李四、王小五报道",
        "通讯员何妮妮、尹江辉 记者潘仙德报道",
        "本报 记者张三 摄影报道",
        "本报讯(记者 张三)",
        "本报讯（记者 张三 通讯员 李四）",
        "本报杭州8月3日电(记者张三)",
        "新华社北京7月5日电（记者张三、李四）",
        "新华社北京7月5日电",
        "【本报讯】",
        "【本报讯】(记者 张三)",
        "記者林怡君／花蓮報導",
        "【記者林怡君／台北報導】",
        "本報記者張三報道",
        "本报讯",
    ],
)
def test_a_byline_ends_where_the_report_begins(phrase: str) -> None:
    text = f"{phrase} 近日,某市举行了一场比赛,来自各地的选手参加。"
    assert text[: lead_byline(fold(text))].strip() == phrase


@pytest.mark.parametrize(
    "text",
    [
        "记者在现场看到,工人们正在忙碌。",
        "记者从市教育局获悉,今年秋季将新开三所小学。",
        "通讯员队伍建设是办好一张报纸的基础。",
        "本报将继续关注此事的进展。",
        "近日,某市举行了一场比赛。",
        "据新华社电文介绍,情况已经好转。",
        "报道说,双方将继续会谈。",
        "",
    ],
)
def test_running_text_about_reporters_is_no_byline(text: str) -> None:
    assert lead_byline(fold(text)) == 0


@pytest.mark.parametrize(
    "line",
    [
        "■张三",
        "□ 李小四",
        "■本报记者 张三",
        "本报记者 张三 通讯员 李四",
        "记者 张三 李四",
        "文/张三 图/李四",
        "张三 文/图",
        "作者:张三",
        "本报记者 张三 实习生 李小四",
        "本报记者 张三",
    ],
)
def test_a_byline_may_have_a_line_of_its_own(line: str) -> None:
    assert is_author_line(fold(line))


@pytest.mark.parametrize("line", ["让世界充满爱", "今年夏天特别热", "记者节的由来", "图书馆开放了"])
def test_a_headline_is_no_author_line(line: str) -> None:
    assert not is_author_line(fold(line))


@pytest.mark.parametrize("credit", ["通讯员张三 摄", "通讯员张三、李四 摄", "张三 摄", "本报记者张三摄"])
def test_a_credit_at_the_end_of_a_text_is_found_at_its_start(credit: str) -> None:
    text = f"参赛选手正在比赛。 {credit}"
    assert text[credit_start(fold(text)) :].strip() == credit
    assert is_caption(fold(credit))


@pytest.mark.parametrize("text", ["他爱好拍摄", "这部电影正在拍摄。", "摄", "工人们在车间里工作。"])
def test_a_text_without_a_credit_has_none(text: str) -> None:
    assert credit_start(fold(text)) <= 0 or text[credit_start(fold(text)) :] == "拍摄"


@pytest.mark.parametrize("signature", ["(张三)", "(张三 李四)", "（本报记者 张三）", "(记者张三)", "(张三、李四)"])
def test_a_signature_stands_behind_the_last_sentence(signature: str) -> None:
    text = f"活动将持续到年底。{signature}"
    assert text[signature_start(fold(text)) :] == signature


def test_a_signature_may_stand_off_or_alone() -> None:
    assert signature_start("活动将持续到年底。 (王一)") > 0 and signature_start("(许冬生)") == 0


@pytest.mark.parametrize(
    "text",
    [
        "他来自杭州(浙江省会)。",
        "全长120公里(含支线)",
        "票价五元(儿童免费)。",
        "全长百里。(含支线)",
        "每天开放。(周末除外)",
    ],
)
def test_a_bracket_that_explains_is_no_signature(text: str) -> None:
    assert signature_start(fold(text)) == -1


def test_lines_about_the_writer_or_the_page_are_affiliations() -> None:
    assert is_affiliation("作者单位:某市总工会") and is_affiliation(fold("（作者系某校教师）"))
    assert is_affiliation("责任编辑:张三") and not is_affiliation("作者在书中写道,这是一个好时代。")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("张三 李小四", True),
        ("欧阳", True),
        ("陳大文", True),
        ("Jane Doe", True),
        ("Mary J. Walsh", True),
        ("春天来了", False),
        ("Ferry service returns", False),
        ("市场行情", False),
    ],
)
def test_a_line_of_nothing_but_names_is_told_from_other_short_lines(line: str, expected: bool) -> None:
    assert name_line(line) is expected


def test_a_report_opens_with_its_agency() -> None:
    assert opens_report("本报讯 近日,某市…") and opens_report("新华社北京1月1日电 新年第一天…")
    assert not opens_report("本报记者 张三") and not opens_report("近日,某市…")


def test_everybody_is_named_with_role_and_place() -> None:
    text = "本报讯 记者张三丰 通讯员李四光、王五报道"
    assert people(text) == [("reporter", "张三丰", 6), ("correspondent", "李四光", 13), ("correspondent", "王五", 17)]
    assert [kind for kind, *_ in people("通讯员周满、柴煜 摄")] == ["photographer", "photographer"]
    assert people("■汪小盼") == [("author", "汪小盼", 1)]


@pytest.mark.parametrize("phrase", ["【特約記者甄卓】", "【记者 何子健】", "〔本報記者林怡君〕"])
def test_a_reporter_alone_in_brackets_opens_a_report(phrase: str) -> None:
    assert lead_byline(fold(phrase + "连下了九天雨,蚊子却少了一半。")) == len(phrase)


@pytest.mark.parametrize(
    ("line", "signed"), [("何子健 文/摄", True), ("何子健 林怡君 文/摄", True), ("图书 文/摄", False)]
)
def test_one_who_wrote_and_photographed_is_an_author(line: str, signed: bool) -> None:
    assert is_author_line(line) == signed


@pytest.mark.parametrize(
    ("text", "last", "start"),
    [
        ("他说:“灯还亮着。” 何子健", True, 10),
        ("灯还亮着。  何子健", True, 5),
        ("他说:“灯还亮着。” 何子健", False, -1),
        ("灯还亮着。何子健", True, -1),
        ("灯还亮着。 一群家长", True, -1),
        ("灯还亮着。 未完", True, -1),
        ("灯还亮着,问过 何子健", True, -1),
    ],
)
def test_a_bare_name_signs_behind_the_last_sentence_of_a_story(text: str, last: bool, start: int) -> None:
    assert signature_start(text, last) == start
