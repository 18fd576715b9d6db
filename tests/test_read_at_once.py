"""What is worked out for many lines or places at once is what each gives by itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from qa.articles import bylines, ngrams, repeats, strays
from qa.articles.cohesion import numbered, terms, tokens
from qa.articles.facts import facts_of
from qa.articles.lines import Line, read_lines, widths_of
from qa.articles.looks import look, looks
from qa.articles.places import places
from qa.articles.stories import Story
from qa.articles.tagger import TAGS, Tag, Weights
from qa.articles.titles import Habits, choose_title
from qa.datatypes import Article, Paragraph

TEXTS = st.text("记者王强报道本讯9月 abc,。()", max_size=120)


@given(st.lists(TEXTS, max_size=6))
def test_the_models_score_many_lines_as_each_alone(texts: list[str]) -> None:
    assert ngrams.heading_scores(texts) == [ngrams.heading_score(text) for text in texts]
    assert ngrams.credit_scores(texts) == [ngrams.credit_score(text) for text in texts]
    for together, text in zip(ngrams.line_buckets(texts), texts, strict=True):
        assert together.tolist() == ngrams.heading_buckets(text).tolist()


def test_a_bucket_is_the_hash_of_its_characters_by_hand() -> None:
    def bucket(salt: int, characters: str) -> int:
        value = salt
        for character in characters:
            value = (value ^ ord(character)) * 0x9E3779B1 % 2**32
            value ^= value >> 15
        return value * 0x9E3779B1 % 2**32 >> 32 - ngrams.HEADING_BITS

    pairs = [bucket(31, pair) for pair in ("\x02甲", "甲0", "0\x02")]
    triples = [bucket(32, triple) for triple in ("\x02甲0", "甲0\x02")]
    assert ngrams.heading_buckets("甲7").tolist() == pairs + triples


@given(st.lists(TEXTS.filter(str.strip), max_size=5))
def test_lines_look_alone_as_they_look_on_their_page(texts: list[str]) -> None:
    lines = read_lines("\n".join(texts))
    assert looks(lines) == [look(line) for line in lines]


@given(st.text("A中，。\u0301　Ω９", min_size=1, max_size=30))
def test_a_line_is_as_wide_as_its_characters(text: str) -> None:
    line = Line(1, 0, len(text), text, text, 0, False, 0, False)
    assert line.width == sum(1 if ord(character) < 0x300 else 2 for character in text)


@given(
    st.lists(
        st.sampled_from(["杭州市", "临平区", "浙江", "天凝镇", "红旗街道", "在", "洪溪村", "的", "𠮷", "A"]), max_size=8
    )
)
def test_places_stand_where_they_are_printed_and_the_longest_name_wins(parts: list[str]) -> None:
    text, end = "".join(parts), 0
    for name, at, sure in places(text):
        assert text[at : at + len(name)] == name and at >= end and 0 < sure < 1
        end = at + len(name)
    for listed in ("杭州市", "临平区", "浙江"):
        assert [name for name, _, _ in places(text)].count(listed) == text.count(listed)


def kinds(text: str) -> list[tuple[str, str]]:
    article = Article("a", "", (Paragraph(text, ((0, len(text)),)),))
    return [(fact.kind, fact.value) for fact in facts_of([article], text)[0]]


DATES = ("2021年", "一九一九年3月4日", "8月3日", "８月３号", "8月中旬", "May 4, 1919", "4 May 1919")
MONTHS = "January February March April May June July August September October November December"


@pytest.mark.parametrize(
    "date",
    [*DATES, *(f"{month} 1919" for month in MONTHS.split())],
)
def test_every_form_of_a_date_is_found_inside_a_text(date: str) -> None:
    assert ("date", date) in kinds(f"他说, {date} 那里下雨。")


NEAR = (
    "近日 日前 昨晚 今晨 明天 前日 当天 去年 今年12月 明年初 前年底 本周 上周 下周 本月 上月 下月 上半年 下半年 6月份"
)


@pytest.mark.parametrize("date", [*NEAR.split(), "Yesterday", "TODAY", "tomorrow", "last week", "Next year"])
def test_every_word_for_a_near_date_is_found_inside_a_text(date: str) -> None:
    assert ("relative_date", date) in kinds(f"他说, {date} 那里下雨。")


ENDINGS = (
    "有限责任公司 股份有限公司 有限公司 集团 大学 学院 医院 中学 小学 幼儿园 银行 研究院 研究所 检察院 法院 "
    "出版社 报社 总工会 工会 委员会 党委 党校 联合会 协会 商会 公安局 税务局 气象局 卫健委 街道办事处 办事处"
)


@pytest.mark.parametrize("ending", ENDINGS.split())
def test_every_kind_of_body_is_found_behind_its_place(ending: str) -> None:
    assert ("organisation", f"杭州市{ending}") in kinds(f"他说,杭州市{ending}来了。")


@given(
    st.lists(st.sampled_from(["春眠不觉晓处处闻啼鸟", "夜来风雨声花落知多少", "春眠不觉晓", "月", "aa"]), max_size=30)
)
def test_words_that_stand_twice_are_traced_to_the_place_before(parts: list[str]) -> None:
    text = "".join(parts)
    size = 14 if 2 * sum(c < "\x80" for c in text) > len(text) else 6
    before = {i: text[: i + size - 1].rfind(text[i : i + size]) for i in range(len(text) - size + 1)}
    here, there = repeats.stood_before(text)
    expected = [(i, j) for i, j in before.items() if 0 <= j <= i - size]
    assert list(zip(here.tolist(), there.tolist(), strict=True)) == expected


@given(st.lists(st.sampled_from(["size=8", "bias", "unknown", "agency=True"]), max_size=5))
def test_the_weights_of_all_known_features_are_added_and_those_of_barred_tags_are_out_of_reach(
    names: list[str],
) -> None:
    table = {"bias": np.arange(10.0), "size=8": np.full(10, 0.5)}
    expected = sum((table[name] for name in names if name in table), np.zeros(10))
    barred = [TAGS.index(tag) for tag in ("begins", "continues", "detached", "opens", "closing")]
    scores = Weights(table, {}).emissions(["rank=no", "commas=0", "page sign=word", *names])
    free = [i for i in range(10) if i not in barred or "agency=True" not in names]
    assert scores[free] == pytest.approx(expected[free])
    assert "agency=True" not in names or scores[barred].max() < -1e5


def test_of_one_fitting_line_no_model_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.articles.titles.group_features", lambda *_: pytest.fail("asked"))
    assert choose_title(read_lines("视点\n全市新增停车位三千个"), Habits({"视点"})) == 1


@given(
    st.text("春夏秋冬", min_size=1, max_size=40),
    st.text("春夏秋冬", min_size=1, max_size=40),
    st.sampled_from([55.0, 70.0]),
)
def test_no_line_that_an_alignment_would_find_is_given_up_before_it(piece: str, window: str, alike: float) -> None:
    found = fuzz.partial_ratio_alignment(piece, window, score_cutoff=alike)
    assert found is None or repeats._may_be_alike(piece, window, alike)
    assert not repeats._may_be_alike("甲乙丙丁", "戊己庚甲", alike)


@given(st.lists(st.text("春夏a ．é“", min_size=1, max_size=9).filter(str.strip), max_size=6))
def test_the_widths_of_all_lines_are_those_of_each(texts: list[str]) -> None:
    lines = read_lines("\n".join(texts))
    assert widths_of(lines) == [line.width for line in lines]


(LINE,) = read_lines("行")
PHRASES = [
    "本报讯",
    "木报讯",
    "本报迅",
    "通迅员",
    "实习牛",
    "记耆",
    "(记者",
    "摄影报遣",
    "王芳",
    "【",
    "(",
    " ",
    ")",
    "报道",
    "。",
]


@given(st.lists(st.sampled_from(["春眠不觉晓处处闻啼鸟", "夜来风雨声花落知多少", "月", ""]), max_size=12))
def test_a_line_stood_as_far_back_as_most_of_its_letters_say(parts: list[str]) -> None:
    letters = repeats._Letters.of([replace(LINE, plain=part) for part in parts], ["begins"] * len(parts))
    votes: dict[int, Counter[int]] = {}
    for here, there in zip(*map(np.ndarray.tolist, repeats.stood_before(letters.text)), strict=True):
        votes.setdefault(letters.owner[here], Counter())[(here - there) // 4] += 1
    expected = [(line, backs.most_common(1)[0][0] * 4 + 2) for line, backs in sorted(votes.items())]
    assert list(repeats._candidates(letters)) == expected


@given(st.lists(st.integers(0, 2**48 - 1) | st.integers(0, 3), max_size=40), st.booleans())
def test_values_are_numbered_in_their_order(values: list[int], many: bool) -> None:
    values *= 1000 if many else 1
    distinct, numbers = numbered(np.array(values, np.int64))
    assert distinct.tolist() == sorted(set(values)) and [distinct[n] for n in numbers] == values


@given(st.lists(st.sampled_from(PHRASES), max_size=9))
def test_a_misread_word_is_mended_whatever_else_the_line_holds(parts: list[str]) -> None:
    head = expected = "".join(parts)
    for pattern, word in bylines._MISREAD:
        expected = pattern.sub(word, expected)
    assert bylines._mended(head) == expected


@given(st.lists(st.sampled_from(PHRASES + list("。!?”…,、;:摄图影道)")), max_size=9), st.booleans())
def test_no_signature_and_no_credit_ends_otherwise_than_the_patterns_say(parts: list[str], last: bool) -> None:
    text = "".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bylines, "_UNSIGNED", "")
        signed = bylines.signature_start(text, last)
    credit = bylines._CREDIT.search(text[-60:])
    assert bylines.signature_start(text, last) == signed
    assert bylines.credit_start(text) == (max(0, len(text) - 60) + credit.start() if credit else -1)


WORDS = ["木匠修水轮", "磨坊停了三年", "巷口的鞋铺", "换了招牌", "wheelwright", "mill"]


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), min_size=2, max_size=4), st.booleans())
def test_claims_on_a_paragraph_are_those_counted_word_by_word(parts: list[list[str]], caption: bool) -> None:
    tag: Tag = "caption" if caption else "begins"
    *stories, part = (Story([], [(line, tag) for line in read_lines("\n".join(words))]) for words in parts)
    words = tokens if caption else terms
    held = [{word for line in story.texts for word in words(line)} for story in stories]
    own = {word for line in part.texts for word in words(line)}
    claims = [sum(word in own and sum(word in other for other in held) == 1 for word in one) for one in held]
    assert strays._claims(stories, part.body) == (claims, [len(one) for one in held])
