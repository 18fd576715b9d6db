"""What single lines and their neighbours tell: looks, words in common, n-grams, features and the tags they rule out."""

from __future__ import annotations

import random
import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.articles import ngrams
from qa.articles.bylines import (
    credit_start,
    is_affiliation,
    is_author_line,
    is_caption,
    lead_byline,
    name_line,
    people,
    signature_start,
)
from qa.articles.cohesion import breaks, likeness, tokens
from qa.articles.features import PageView, page_features
from qa.articles.joins import surely_unbegun, unbegun, unfinished
from qa.articles.lines import Line, column_widths, read_lines
from qa.articles.looks import Look, look
from qa.articles.tagger import TAGS, Tag, Weights, tag_lines
from qa.text import fold

PRINTED = "甲乙记者张三报道本讯摄图文中国。，、；：！？“”（）【】《》—…·■▲#*- aBc19　"
LINE = st.text(PRINTED, min_size=1, max_size=60)
PAGE = st.lists(LINE, max_size=12).map("\n".join)

SIMPLE = """\
台风逼近 花莲渔港提前封港

记者林怡君/花莲报导

中央气象局昨天发布海上台风警报,花莲区渔会通知所有渔船在傍晚以前返港避风。

渔会总干事说,港内已经加绑缆绳,并准备了抽水机和沙包。

农民抢收香蕉

【记者陈志明/屏东报导】为了减少损失,屏东农民连夜抢收香蕉,乡公所也调派人手协助。
"""
TRADITIONAL = """\
颱風逼近 花蓮漁港提前封港

記者林怡君/花蓮報導

中央氣象局昨天發布海上颱風警報,花蓮區漁會通知所有漁船在傍晚以前返港避風。

漁會總幹事說,港內已經加綁纜繩,並準備了抽水機和沙包。

農民搶收香蕉

【記者陳志明/屏東報導】為了減少損失,屏東農民連夜搶收香蕉,鄉公所也調派人手協助。
"""


def _line(text: str) -> Line:
    (line,) = read_lines(text)
    return line


# --- lines ---------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(PAGE)
def test_a_line_stands_where_it_says(page: str) -> None:
    for line in read_lines(page):
        assert page[line.start : line.end] == line.text == line.text.strip()
        assert line.plain == fold(line.text) and line.number == page.count("\n", 0, line.start) + 1


@settings(deadline=None)
@given(PAGE)
def test_what_is_between_the_lines_says_nothing(page: str) -> None:
    rest, last = "", 0
    for line in read_lines(page):
        rest, last = rest + page[last : line.start], line.end
    assert not set(rest + page[last:]) - set("#*- \n　.")


@settings(deadline=None)
@given(PAGE)
def test_the_gap_is_the_number_of_lines_left_out(page: str) -> None:
    lines = read_lines(page)
    numbers = [0, *(line.number for line in lines)]
    assert [line.gap for line in lines] == [b - a - 1 for a, b in zip(numbers, numbers[1:], strict=False)]  # noqa: RUF007


@settings(deadline=None)
@given(st.lists(st.integers(1, 200), max_size=30))
def test_the_width_of_a_column_is_that_of_a_full_line_near_by(sizes: list[int]) -> None:
    for i, width in enumerate(column_widths(sizes)):
        assert width == 0 or (width <= 160 and width in sizes[max(0, i - 5) : i + 6])


@pytest.mark.parametrize("width", [16, 28, 40, 96])
def test_paragraphs_of_a_narrow_column_are_set_in_it_throughout(width: int) -> None:
    rng = random.Random(width)
    sizes = []
    for _ in range(5):
        sizes += [width] * rng.randint(3, 6) + [rng.randint(4, width - 2)]
    assert set(column_widths(sizes)) == {width}


# --- looks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("2021年8月3日 星期二", "furniture", "date"),
        ("B12", "furniture", "date"),
        ("第3版 民生", "furniture", "word"),
        ("Page 3", "furniture", "word"),
        ("责任编辑:张三", "furniture", "word"),
        ("投稿邮箱 news@example.com", "furniture", "word"),
        ("某某晚报", "furniture", "word"),
        ("全市新增停车位", "furniture", ""),
        ("晚报读者走进工厂", "furniture", ""),
        ("8月3日,全市防汛会议召开。", "dated", True),
        ("近日,某县举行文艺汇演。", "dated", True),
        ("连日来气温攀升。", "dated", True),
        ("今天下午,雨停了。", "dated", False),
        ("城市的夜晚很安静。", "dated", False),
        ("他走了。她留下。", "stop", True),
        ("他说:“走吧。”", "stop", False),
        ("谁来买单?政府", "stop", True),
        ("He left. She stayed", "stop", True),
        ("“两山”实践录", "quotes", "even"),
        ("他说:“好", "quotes", "open"),
        ("好。”他说", "quotes", "close"),
        ("没有引号", "quotes", "none"),
        ("推动 发展 走深 走实", "words", "4"),
        ("一个接一个 二 三 四 五 六", "words", "5"),
        ("长" * 40, "words", "many"),
        ("(记者张三)", "end", "bracket"),
        ("活动持续到年底。(张三)", "end", "signed"),
        ("共有300", "end", "digit"),
        ("他来到", "end", "open"),
        ("一方面;", "end", "pause"),
        ("他说:“好”", "end", "closed"),
        ("走吧!”", "end", "final"),
        ("次日,", "end", "pause"),
        ("的职工", "start", "unbegun"),
        ("《红楼梦》", "start", "opener"),
        ("12路公交", "start", "digit"),
        ("Ferry", "start", "latin"),
        ("running again", "start", "lower"),
        ("据悉,今年", "start", "connective"),
        ("一、加强领导", "sign", "numbered"),
        ("(二)完善机制", "sign", "numbered"),
        ("3.强化监督", "sign", "numbered"),
        ("问:怎么办", "sign", "numbered"),
        ("3.5万人参加", "sign", ""),
        ("图为活动现场。", "sign", "caption"),
        ("▲志愿者在服务", "sign", "caption"),
        ("■张三", "sign", "author"),
        ("作者单位:某市总工会", "sign", "affiliation"),
        ("本报讯 记者张三报道 近日,某县", "sign", "byline"),
        ("ferry service", "case", "lower"),
        ("TODAY's news", "case", "sentence"),
        ("中文 with Latin", "case", "han"),
        ("张三 李四", "names", True),
        ("本报讯 近日,某县", "agency", True),
    ],
)
def test_a_line_looks_as_a_reader_sees_it(text: str, field: str, expected: str | bool) -> None:
    assert getattr(look(_line(text)), field) == expected


@settings(deadline=None)
@given(LINE)
def test_every_line_has_a_look_with_known_values(text: str) -> None:
    for line in read_lines(text):
        seen = look(line)
        assert isinstance(seen, Look) and seen.size == len(line.text)
        assert seen.end in {
            *("final", "asked", "pause", "hyphen", "torn", "signed", "bracket", "closed", "digit", "open"),
        }
        assert seen.start in {"lower", "connective", "unbegun", "opener", "digit", "latin", "han"}


@pytest.mark.parametrize(("simple", "traditional"), list(zip(SIMPLE.split(), TRADITIONAL.split(), strict=True)))
def test_both_scripts_look_alike(simple: str, traditional: str) -> None:
    assert look(_line(simple)) == look(_line(traditional))


@pytest.mark.parametrize("mark", ["# ", "## ", "#### ", "**"])
def test_marks_change_the_rank_of_a_line_and_nothing_else(mark: str) -> None:
    plain, marked = look(_line("全市新增停车位")), look(_line(f"{mark}全市新增停车位{mark.strip(' #')}"))
    assert marked._replace(level=0, bold=False) == plain
    assert (marked.level, marked.bold) == (min(3, mark.count("#")), mark == "**")


# --- bylines on any text -------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.text(PRINTED, max_size=80))
def test_what_is_found_in_a_line_lies_inside_it(printed: str) -> None:
    text = fold(printed)
    assert 0 <= lead_byline(text) <= len(text)
    assert all(-1 <= place < max(1, len(text)) for place in (credit_start(text), signature_start(text)))
    assert all(text[place : place + len(name)] == name for _, name, place in people(text))


@settings(deadline=None)
@given(st.text(PRINTED, max_size=80))
def test_people_are_found_once_and_in_order(printed: str) -> None:
    reached = 0
    for _, name, place in people(fold(printed)):
        assert place >= reached
        reached = place + len(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本报讯 记者王小明 通讯员李红、赵大海报道", ["reporter 王小明", "correspondent 李红", "correspondent 赵大海"]),
        ("通讯员周芳 记者郑凯报道", ["correspondent 周芳", "reporter 郑凯"]),
        ("本报记者 孙丽 摄", ["photographer 孙丽"]),
        ("通讯员 吴军、郑凯 供图", ["photographer 吴军", "photographer 郑凯"]),
        ("■欧阳雪", ["author 欧阳雪"]),
        ("(记者 王小明)", ["reporter 王小明"]),
        ("记者林怡君/花莲报导", ["reporter 林怡君"]),
    ],
)
def test_a_byline_names_people_in_their_roles(text: str, expected: list[str]) -> None:
    assert [f"{kind} {name}" for kind, name, _ in people(text)][: len(expected)] == expected


@pytest.mark.parametrize(
    "unit", ["a", "中", "记者", "张三、", "(", "记者张三 ", "摄 ", "【", "·", "1月1日", "“”", "by a"]
)
def test_a_million_characters_are_looked_at_in_seconds(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    for reads in (lead_byline, credit_start, signature_start, is_caption, is_author_line, is_affiliation, name_line):
        reads(text)  # type: ignore[operator]
    for line in read_lines(text):
        assert look(line).size == len(line.plain)
    unbegun(text), unfinished(text), surely_unbegun(text)
    assert time.process_time() - start < 10


# --- words in common -----------------------------------------------------------------------------------------------

WORDS = st.lists(st.text("甲乙丙丁 abcd。", max_size=20), max_size=8)


@settings(deadline=None)
@given(WORDS)
def test_a_change_of_subject_is_between_half_and_minus_half(texts: list[str]) -> None:
    found = breaks(texts)
    assert len(found) == len(texts) and all(-0.5 <= score <= 0.5 for score in found)
    assert not texts or found[0] == 0.5


def test_the_same_line_again_changes_nothing_and_another_everything() -> None:
    assert breaks(["港口的货轮靠岸"] * 3) == pytest.approx([0.5, -0.5, -0.5])
    assert breaks(["甲乙丙", "丁戊己", "庚辛壬"]) == [0.5, 0.5, 0.5]


def test_what_stands_far_away_is_not_compared() -> None:
    filler = ["".join(chr(0x4E00 + 300 * k + n) for n in range(290)) for k in range(2)]
    assert breaks(["港口货轮", *filler, "港口货轮"])[3] == 0.5 > breaks(["港口货轮", filler[0][:50], "港口货轮"])[2]


@settings(deadline=None)
@given(WORDS, WORDS)
def test_likeness_is_the_share_of_the_poorer_text_and_alike_both_ways(one: list[str], other: list[str]) -> None:
    first, second = (set().union(*map(tokens, texts)) for texts in (one, other))
    least = min(len(first), len(second))
    assert likeness(one, other) == likeness(other, one) == (len(first & second) / least if least else 0.0)
    assert not first or likeness(one, one) == 1.0


@settings(deadline=None)
@given(st.text("甲乙丙丁ab cdefg,", max_size=30))
def test_tokens_are_what_one_finds_letter_by_letter(text: str) -> None:
    pairs = {text[i : i + 2] for i in range(len(text) - 1) if all(c in "甲乙丙丁" for c in text[i : i + 2])}
    latin = "".join(c if c.isascii() and c.isalpha() else " " for c in text).split()
    assert tokens(text) == pairs | {word for word in latin if len(word) > 3}


# --- n-grams -------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.text(max_size=30))
def test_a_line_has_a_bucket_for_every_pair_and_triple(text: str) -> None:
    assert len(ngrams.heading_buckets(text)) == len(text) + 1 + len(text)


@settings(deadline=None)
@given(st.lists(st.tuples(LINE, LINE), min_size=1, max_size=6))
def test_a_seam_is_scored_alike_alone_and_among_others(pairs: list[tuple[str, str]]) -> None:
    together = ngrams.seam_scores([end for end, _ in pairs], [start for _, start in pairs])
    alone = [ngrams.seam_scores([end], [start])[0] for end, start in pairs]
    near = [ngrams.seam_scores([end[-3:]], [start[:3]])[0] for end, start in pairs]
    assert together == pytest.approx(alone, abs=1e-4) and near == pytest.approx(alone, abs=1e-4)


@settings(deadline=None)
@given(st.text(PRINTED, min_size=ngrams.CREDIT_REACH, max_size=60), st.text(PRINTED, max_size=20))
def test_the_byline_model_reads_the_start_of_a_line_only(text: str, more: str) -> None:
    assert ngrams.credit_score(text) == ngrams.credit_score(text + more)


def test_different_grams_rarely_share_a_bucket() -> None:
    texts = [chr(0x4E00 + a) + chr(0x5E00 + b) for a in range(60) for b in range(60)]
    buckets = {int(bucket) for text in texts for bucket in ngrams.heading_buckets(text)[1:2]}
    expected = 2**ngrams.HEADING_BITS * (1 - (1 - 2**-ngrams.HEADING_BITS) ** 3600)  # for an ideal hash
    assert len(buckets) > 0.99 * expected


def test_the_stored_models_fit_their_tables() -> None:
    sizes = {name: len(weights) for name, weights in ngrams.load_weights().items()}
    assert sizes == {"seam": 2**20 + 1, "heading": 2**18 + 1, "credit": 2**18 + 1}


@settings(deadline=None)
@given(st.lists(st.integers(-128, 127), max_size=100))
def test_packing_loses_nothing(values: list[int]) -> None:
    assert ngrams.unpack(ngrams.pack(np.array(values, dtype=np.int8))).tolist() == values


# --- features and tags ---------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(PAGE)
def test_no_feature_is_counted_twice(page: str) -> None:
    own, pairs = page_features(read_lines(page))
    assert all(max(Counter(names).values()) == 1 for names in [*own, *pairs[1:]])


@settings(max_examples=40, deadline=None)
@given(PAGE)
def test_line_ends_of_another_system_change_no_feature(page: str) -> None:
    assert page_features(read_lines(page)) == page_features(read_lines(page.replace("\n", "\r\n")))


def test_both_scripts_have_the_same_features_and_tags() -> None:
    one, other = read_lines(SIMPLE), read_lines(TRADITIONAL)
    assert fold(TRADITIONAL) == SIMPLE and page_features(one) == page_features(other)
    assert tag_lines(one) == tag_lines(other)


def test_the_first_and_the_last_line_know_their_place() -> None:
    own, pairs = page_features(read_lines(SIMPLE))
    assert [("first" in names, "last" in names) for names in own] == [
        (True, False),
        *[(False, False)] * 4,
        (False, True),
    ]
    assert pairs[0] == [] and all(names[0] == "bias" for names in pairs[1:])


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("\n# 一个标题\n\n正文。\n\n# 又一个标题\n\n正文。\n", "page=marked spaced unset"),
        ("一个标题\n正文。\n又一个标题\n正文。\n", "page=plain tight unset"),
        ("一个标题\n" + "很长的正文。" * 40 + "\n\n又一个标题\n" + "正文。" * 30, "page=plain mixed unset"),
        ("一个标题\n" + "中国的文字排成一栏\n" * 8, "page=plain tight set"),
    ],
)
def test_the_whole_page_is_described_on_every_line(text: str, feature: str) -> None:
    own, _ = page_features(read_lines(text))
    assert all(feature in names for names in own)


@pytest.mark.parametrize(
    ("size", "name"), [(40, "full"), (36, "full"), (32, "near"), (22, "half"), (10, "short"), (44, "over")]
)
def test_a_line_knows_how_full_it_is(size: int, name: str) -> None:
    lines = read_lines("\n".join(["甲" * 20] * 5 + ["乙" * (size // 2)] + ["丙" * 20] * 5))
    view = PageView(lines)
    view.widths[5] = 40
    assert view.ratio(5) == name


def test_blurring_touches_what_other_models_gave_and_nothing_else() -> None:
    lines = read_lines(SIMPLE)
    plain, _ = page_features(lines)
    blurred, _ = page_features(lines, random.Random(0))
    again, _ = page_features(lines, random.Random(0))
    learned = ("heading", "credit", "seam", "break", "told", "wide", "kin", "since")
    assert blurred == again != plain
    for one, other in zip(plain, blurred, strict=True):
        changed = set(one) ^ set(other)
        assert all(any(word in name for word in learned) for name in changed)


DISPLAY, TEXT = {"headline", "subhead"}, {"begins", "continues", "detached", "opens", "closing"}


@pytest.mark.parametrize(
    ("features", "excluded"),
    [
        (["start=connective", "page sign=word", "rank=no", "commas=0", "size=8"], DISPLAY | {"closing"}),
        (["stop=True", "rank=no", "size=80", "page sign=word"], DISPLAY),
        (["case=han", "end=final", "rank=no", "size=34", "commas=1", "page sign=word"], DISPLAY),
        (["case=han", "rank=no", "size=80", "page sign=word"], DISPLAY),
        (["sign=caption", "rank=no", "size=8", "commas=0", "page sign=word"], {"furniture"}),
        (["agency=True", "page sign=word", "rank=no", "commas=0", "size=8"], TEXT),
        (["rank=#1", "stop=False", "size=12", "page sign=word"], TEXT | {"caption"}),
        (["rank=bold", "stop=False", "size=12", "sign=caption", "page sign=word"], TEXT | {"furniture"}),
        (["rank=#1", "stop=True", "size=12", "page sign=word"], set()),
        (["rank=#1", "stop=False", "size=99", "page sign=word"], TEXT | {"caption", "furniture"}),
        (["rank=no", "size=34", "commas=0", "page sign="], {"furniture"}),
        (["rank=no", "size=8", "commas=0", "page sign="], set()),
        (["rank=no", "size=8", "commas=2", "page sign="], {"furniture"}),
    ],
)
def test_some_tags_are_ruled_out_whatever_was_learned(features: list[str], excluded: set[Tag]) -> None:
    scores = Weights({}, {}).emissions(features)
    assert {tag for tag, score in zip(TAGS, scores, strict=True) if score < 0} == excluded


def test_no_byline_stands_under_a_subhead() -> None:
    table = Weights({}, {}).transitions([])
    assert {(TAGS[a], TAGS[b]) for a, b in zip(*np.nonzero(table), strict=True)} == {("subhead", "byline")}


@settings(max_examples=60, deadline=None)
@given(PAGE)
def test_every_line_of_any_page_gets_one_tag_that_its_words_allow(page: str) -> None:
    lines = read_lines(page)
    tags = tag_lines(lines)
    assert len(tags) == len(lines) and set(tags) <= set(TAGS)
    assert not any(tag in ("begins", "opens") and surely_unbegun(x.plain) for tag, x in zip(tags, lines, strict=True))
