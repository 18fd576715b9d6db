"""Spans that can answer, lists and definitions, plausibility, and quotes: case by case."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answers import checks
from qa.answers.citations import cite, holds
from qa.answers.cues import cue_columns
from qa.answers.evidence import Candidate, analysed
from qa.answers.shorts import short_answer
from qa.answers.spans import TypedSpan, typed_spans
from qa.answers.weighing import weigh
from qa.conversation import analyse
from qa.datatypes import Hit, Page, Passage, Traced, Witness
from qa.text import fold


class Words:
    """An archive that knows every word."""

    passage_count = 50

    def document_frequency(self, term: str) -> int:
        return 2


def of_kind(text: str, kind: str) -> list[TypedSpan]:
    return [span for span in typed_spans(text) if span.kind == kind]


def texts_of(text: str, kind: str) -> list[str]:
    return [text[span.start : span.end] for span in of_kind(text, kind)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1月至3月举行。", ["1月", "3月"]),
        ("10月中旬开工。", ["10月中旬"]),
        ("上世纪80年代出生。", ["80年代"]),
        ("19世纪末传入。", ["19世纪末"]),
        ("上午9时30分开会。", ["上午9时30分"]),
        ("列车14:05到站。", ["14:05"]),
        ("今年上半年完工。", ["今年上半年"]),
        ("明年春天播种。", ["明年春天"]),
        ("星期三休馆。", ["星期三"]),
        ("2008年夏季竣工。", ["2008年夏季"]),
        ("2020年5月1日上午9时开馆。", ["2020年5月1日上午9时"]),
        ("公元前221年统一。", ["公元前221年"]),
        ("藏书2020册。", []),
        ("投入2020.5万元。", []),
    ],
)
def test_a_time_is_found_with_all_its_parts(text: str, expected: list[str]) -> None:
    assert texts_of(text, "when") == expected


@pytest.mark.parametrize(
    ("text", "words", "unit"),
    [
        ("建成12个车间。", "12个", "个"),
        ("历时3个月。", "3个月", "月"),
        ("工作20个小时。", "20个小时", "小时"),
        ("增长2.5个百分点。", "2.5个百分点", "百分点"),
        ("长约30公里。", "30公里", "公里"),
        ("重5公斤。", "5公斤", "公斤"),
        ("占地2万平方米。", "2万平方米", "平方米"),
        ("捐款300余万元。", "300余万元", "元"),
        ("第三届灯会。", "第三届", "届"),
        ("三十六名学员。", "三十六名", "名"),
        ("百分之八十的人。", "百分之八十的", "的"),
        ("增长15%,", "15%", "%"),
        ("借出1,234,567册。", "1,234,567册", "册"),
    ],
)
def test_a_number_is_read_whole_with_its_unit(text: str, words: str, unit: str) -> None:
    found = [(text[span.start : span.end], span.unit) for span in of_kind(text, "number")]
    assert found[0] == (words, unit)


def test_a_lone_one_or_two_is_a_weak_number() -> None:
    weak, strong = of_kind("来了一人。", "number"), of_kind("来了11人。", "number")
    assert weak[0].weight < strong[0].weight == 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("校长诸葛小明介绍,学校很新。", ["诸葛小明"]),
        ("负责人李冰告诉记者。", ["李冰"]),
        ("记者 周小兰 通讯员 吴晓东", ["周小兰", "吴晓东"]),
        ("影片的作者:让·雷诺阿。", ["让·雷诺阿"]),
        ("歌手John Smith登台。", ["John Smith"]),
        ("选手赵小兰、钱大勇获得一等奖。", ["赵小兰", "钱大勇"]),
        ("高铁开通后,马路很宽。", []),
        ("主任在会上说明情况。", []),
    ],
)
def test_persons_are_found_by_what_stands_beside_them(text: str, expected: list[str]) -> None:
    assert texts_of(text, "who") == expected


def test_a_title_makes_a_name_surer_than_a_row_does() -> None:
    titled = of_kind("主席赵小兰表示,明年继续。", "who")[0]
    row = of_kind("还有钱大勇、赵小兰,都在。", "who")
    assert titled.weight == 1.0
    assert all(span.weight < 1 for span in row)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("工厂位于城南县临江镇。", "城南县临江镇"),
        ("比赛在海东体育馆举行。", "海东体育馆"),
        ("他出生于青海西宁,后来搬家。", "青海西宁"),
        ("学员来自四川凉山的村庄。", "四川凉山"),
        ("总部设在临江路12号。", "临江路12号"),
    ],
)
def test_a_place_stands_between_what_locates_and_what_follows(text: str, place: str) -> None:
    sure = [text[span.start : span.end] for span in of_kind(text, "where") if span.weight >= 0.7]
    assert place in sure


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("灯会由城南县教育局主办。", ["城南县教育局"]),
        ("被海东银行收购。", ["海东银行"]),
        ("天气很好。", []),
    ],
)
def test_bodies_end_as_organisations_do(text: str, bodies: list[str]) -> None:
    assert texts_of(text, "body") == bodies


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("推出“夜归灯”和「早市」。", ["夜归灯", "早市"]),
        ("读《巡河旧记》。", ["巡河旧记"]),
        ("没有引号。", []),
        ("只有开头“没有结尾。", []),
        ("空的“”不算。", []),
    ],
)
def test_names_stand_in_quotation_marks_or_title_marks(text: str, names: list[str]) -> None:
    assert texts_of(text, "name") == names


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["主席赵小兰说,", "2019年3月5日,", "共有320家商店。", "在临江路举行,", "天气。"]), max_size=5
    )
)
def test_spans_stand_in_order_and_persons_apart(parts: list[str]) -> None:
    found = typed_spans("".join(parts))
    assert [(span.start, span.end) for span in found] == sorted((span.start, span.end) for span in found)
    numbers, times, people = ([s for s in found if s.kind == kind] for kind in ("number", "when", "who"))
    for group in (numbers, times, people):
        assert all(one.end <= two.start for one, two in itertools.pairwise(group))
    assert not any(n.start < t.end and t.start < n.end for n in numbers for t in times)
    assert len(times) == parts.count("2019年3月5日,")
    assert len(people) == parts.count("主席赵小兰说,")


def short(question: str, text: str) -> str:
    asked = analyse(question)
    found = analysed(Passage(text, ((0, len(text)),))).sentences[-1]
    return short_answer(asked, weigh(Words(), asked), found, text[found.start :])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("图书馆藏书多少册?", "图书馆藏书30万册,座位1200个。", "30万册"),
        ("图书馆有多少个座位?", "图书馆藏书30万册,座位1200个。", "1200个"),
        ("公路有多少公里?", "公路全长20公里,投资3亿元。", "20公里"),
        ("总投资多少?", "公路全长20公里,总投资3亿元。", "3亿元"),
        ("谁当选为主席?", "会上,赵小兰当选主席。", "赵小兰"),
        ("校长是谁?", "校长诸葛小明介绍,学校很新。", "诸葛小明"),
        ("灯会在哪里举行?", "灯会在海东体育馆举行。", "海东体育馆"),
        ("工厂位于哪里?", "工厂位于城南县临江镇。", "城南县临江镇"),
        ("图书馆哪一年建成?", "图书馆2012年建成,2015年扩建。", "2012年"),
        ("图书馆哪一年扩建?", "图书馆2012年建成,2015年扩建。", "2015年"),
        ("县里推出了哪个计划?", "去年,县里推出“夜归灯”计划。", "夜归灯"),
        ("温度从多少度升到多少度?", "温度从12度上升到20度。", "12度上升到20度"),
        ("為什麼擴建?", "图书馆2012年建成,2015年扩建。", ""),
        ("夜归灯怎么用?", "夜归灯2012年启用,共30盏。", ""),
        ("有哪些景点?", "景点有30处,在海东体育馆旁。", ""),
    ],
)
def test_the_short_answer_is_what_a_reader_would_underline(question: str, text: str, expected: str) -> None:
    assert short(question, text) == expected


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("共有多少家商店?", "共有320家商店。"),
        ("共有多少家商店?", "共有320家商店。"),
        ("主席是誰?", "主席趙小蘭說,明年繼續。"),
    ],
)
def test_the_short_answer_is_given_as_printed(question: str, text: str) -> None:
    assert short(question, text) in text
    assert short(question, text) != ""


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["主席赵小兰说,", "2019年3月,", "共有320家商店,", "在临江路举行,", "“夜归灯”", "由6个减为4个"]),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["主席是谁?", "什么时候?", "有多少家商店?", "在哪里举行?", "哪个计划?", "减为几个?", "为什么?"]),
)
def test_a_short_answer_is_a_piece_of_its_sentence(parts: list[str], question: str) -> None:
    text = "".join(parts).rstrip(",") + "。"
    given_answer = short(question, text)
    assert given_answer in text
    assert given_answer == given_answer.strip()
    assert question != "为什么?" or given_answer == ""


def cues(question: str, text: str) -> list[float]:
    passage = Passage(text, ((0, len(text)),))
    return cue_columns(analyse(question), [Candidate(Hit(passage, 1.0, 1), analysed(passage), 0)])[0].tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("question", "text", "agrees"),
    [
        ("学堂下设哪三个班?", "学堂下设书法班、绘画班和舞蹈班。", 1.0),
        ("学堂下设哪四个班?", "学堂下设书法班、绘画班和舞蹈班。", 0.0),
        ("学堂下设哪两个班?", "学堂下设“书法”“绘画”两个班。", 1.0),
        ("学堂下设哪三个班?", "学堂的三个班分别是书法,绘画,舞蹈。", 1.0),
        ("学堂下设哪些班?", "学堂下设书法班、绘画班和舞蹈班。", -1.0),
        ("学堂下设哪两个班?", "学堂下设书法班、绘画班、舞蹈班、音乐班。", 0.0),
        ("学堂下设哪三个班?", "学堂今天开学。", 0.0),
    ],
)
def test_items_are_counted_against_the_number_asked_for(question: str, text: str, agrees: float) -> None:
    assert cues(question, text)[0] == agrees


def test_a_list_counts_the_more_the_nearer_it_stands() -> None:
    near = cues("学堂的课程有哪些?", "学堂的课程书法、绘画、舞蹈。")[1]
    far = cues("学堂的课程有哪些?", "学堂的课程去年十月由县里各所学校的老师们共同商定,书法、绘画、舞蹈。")[1]
    assert near > far > 0
    assert cues("学堂的课程有哪些?", "学堂的课程很多。")[1] == 0


@pytest.mark.parametrize(
    ("text", "introduces", "explains"),
    [
        ("县里推出“夜归灯”计划。", 1.0, 0.0),
        ("“夜归灯”是照亮小巷的工程。", 0.0, 1.0),
        ("县里建立“夜归灯”,旨在照亮小巷。", 1.0, 0.0),
        ("去年建立的夜归灯包括300盏路灯。", 1.0, 1.0),
        ("大家喜欢夜归灯。", 0.0, 0.0),
        ("县里推出新计划。", 0.0, 0.0),
    ],
)
def test_what_introduces_stands_before_the_name_and_what_explains_after(
    text: str, introduces: float, explains: float
) -> None:
    assert cues("“夜归灯”是什么?", text)[2:] == [introduces, explains]


@pytest.mark.parametrize(
    ("question", "sentence", "plausible"),
    [
        ("商会名誉会长是谁?", "商会会长赵小兰表示欢迎。", False),
        ("商会会长是谁?", "商会会长赵小兰和副会长许明表示欢迎。", True),
        ("公司总经理是谁?", "校长赵小兰表示欢迎。", False),
        ("2015年和2016年各种了多少棵?", "2015年种了300棵。", False),
        ("2015年种了多少棵?", "2015年种了300棵。", True),
        ("2015名学员住在哪里?", "2016年搬到城南。", True),
        ("第3届比赛谁获胜?", "第3届比赛甲队获胜。", True),
        ("第3届比赛谁获胜?", "第13届比赛甲队获胜。", False),
        ("北京和上海谁更大?", "北京更大。", False),
        ("邮箱是什么?", "请写信给我们。", False),
        ("邮箱是什么?", "请写信到news2000。", True),
        ("海拔多少?", "山高1200米。", True),
        ("体重多少?", "他高180。", False),
        ("剧院是哪一年建的?", "剧院建于1958年。", True),
        ("剧院是哪一年建的?", "剧院建于清康熙五十二年。", True),
        ("剧院是哪年建的?", "剧院去年建成。", True),
        ("剧院是哪一年建的?", "盼了一年的剧院开张,定在12月18日。", False),
        ("What year was the theatre built?", "The theatre opened in 1958.", True),
        ("What year was the theatre built?", "The theatre opened in spring.", False),
        ("剧院几点开门?", "剧院早上九点开门。", True),
        ("剧院几点开门?", "剧院9:30开门。", True),
        ("剧院几点开门?", "剧院周末开门。", False),
        ("What time does it open?", "It opens at noon.", True),
        ("村里有多少户村民?", "全村共287户。", True),
        ("村里有多少户村民?", "全村共900人。", False),
        ("他的车是什么牌照?", "车牌为浙C12345。", True),
        ("他的车是什么牌照?", "他开了22年出租车。", False),
        ("他今年多大?", "他今年48岁。", True),
        ("他今年多大?", "他今年收了徒弟。", False),
        ("菜地有多大?", "菜地780平方米。", True),
    ],
)
def test_plausible_is_what_says_nothing_else_of_office_year_place_or_measure(
    question: str, sentence: str, plausible: bool
) -> None:
    assert (checks.plausibility(analyse(question), fold(sentence), fold(sentence)) == 1.0) is plausible


def test_every_contradiction_makes_an_answer_less_plausible() -> None:
    question = analyse("2015年北京文联主席的电话是多少?")
    sentences = [
        "2015年北京文联主席的电话是0571-8888。",
        "2016年北京文联主席的电话是0571-8888。",
        "2016年上海文联主席的电话是0571-8888。",
        "2016年上海文联副主席的电话是0571-8888。",
        "2016年上海文联副主席的电话很忙。",
    ]
    factors = [checks.plausibility(question, text, text) for text in sentences]
    assert factors[0] == 1.0
    assert all(more > less > 0 for more, less in itertools.pairwise(factors))


class Pages:
    """Pages by name, one of them changed on disk."""

    def __init__(self, **texts: str) -> None:
        self._texts = texts

    def page(self, source: str) -> Page:
        return Page(source, self._texts[source])

    def changed(self, source: str) -> bool:
        return source == "changed"


COLUMNS = "城南日报\n图书馆昨日开|广告一\n馆。藏书三十|广告二\n万册。"
SPANS = ((5, 11), (16, 22), (27, 30))


def test_a_quote_over_a_column_break_is_traced_to_every_piece() -> None:
    passage = Passage("图书馆昨日开馆。藏书三十万册。", SPANS, source="p", article="开馆")
    cited = cite(Pages(p=COLUMNS), 3, passage, 8, 15)  # type: ignore[arg-type]
    assert cited is not None
    assert (cited.n, cited.quote, cited.article, cited.lines) == (3, "藏书三十万册。", "开馆", (3, 4))
    assert "".join(COLUMNS[a:b] for a, b in cited.spans) == cited.quote
    assert not cited.changed


def test_a_citation_says_when_its_file_has_changed() -> None:
    text = "图书馆开馆。"
    for source, flag in (("changed", True), ("same", False)):
        passage = Passage(text, ((0, 6),), source=source)
        cited = cite(Pages(changed=text, same=text), 1, passage, 0, 6)  # type: ignore[arg-type]
        assert cited is not None
        assert cited.changed is flag


@pytest.mark.parametrize(("start", "end"), [(3, 3), (6, 6)])
def test_nothing_is_no_quote(start: int, end: int) -> None:
    assert cite(Pages(p="图书馆开馆。"), 1, Passage("图书馆开馆。", ((0, 6),), source="p"), start, end) is None  # type: ignore[arg-type]


def test_a_witness_gives_the_same_sentence_from_its_own_page() -> None:
    first, second = "报头\n图书馆开馆。藏书三十万册。", "另一版\n\n今日要闻。\n图书馆开馆。藏书三十万册。天气晴。"
    witness = Witness("b", (4, 4), ((11, 28),), second[11:28])
    passage = Passage(first[3:17], ((3, 17),), source="a", also_in=(witness,))
    cited = cite(Pages(a=first, b=second), 1, passage, 6, 14)  # type: ignore[arg-type]
    assert cited is not None
    assert cited.quote == "藏书三十万册。"
    (other,) = cited.also_in
    assert (other.source, other.lines, other.quote) == ("b", (4, 4), "藏书三十万册。")
    assert "".join(second[a:b] for a, b in other.spans) == other.quote


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.text("甲乙。\n", max_size=4), st.text("丙丁戊", min_size=1, max_size=5)), min_size=1, max_size=5
    ),
    st.data(),
)
def test_any_piece_of_a_passage_is_cited_with_its_lines(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    text, spans = "", []
    for noise, kept in parts:
        spans.append((len(text) + len(noise), len(text) + len(noise) + len(kept)))
        text += noise + kept
    whole = "".join(kept for _, kept in parts)
    start = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(start + 1, len(whole)))
    cited = cite(Pages(p=text), 1, Passage(whole, tuple(spans), source="p"), start, end)  # type: ignore[arg-type]
    assert cited is not None
    offsets = [offset for first, last in spans for offset in range(first, last)][start:end]
    assert cited.quote == whole[start:end]
    assert [offset for first, last in cited.spans for offset in range(first, last)] == offsets
    assert cited.lines == (text[: offsets[0]].count("\n") + 1, text[: offsets[-1]].count("\n") + 1)


@given(st.text("甲乙 \n", max_size=12), st.integers(0, 12), st.integers(0, 12))
def test_a_page_holds_its_own_text_and_no_other(text: str, one: int, two: int) -> None:
    start, end = sorted((min(one, len(text)), min(two, len(text))))
    assert holds(text, [(start, end)], Traced(text, ((0, len(text)),)).slice(start, end).text)
    assert not holds(text, [(start, end)], text[start:end] + "丙")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("县博物馆副馆长周敏介绍了展品。", "周敏"),
        ("班组长李四光,车间主任刘伟说得好。", "李四光"),
        ("志愿者陈小红告诉记者。", "陈小红"),
        ("仲裁庭庭长方圆圆认为证据充分。", "方圆圆"),
        ("社区网格员马文杰说。", "马文杰"),
    ],
)
def test_a_title_of_any_body_vouches_for_the_name_behind_it(text: str, name: str) -> None:
    assert name in [text[span.start : span.end] for span in typed_spans(text) if span.kind == "who"]
