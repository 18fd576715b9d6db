"""Several reports in one archive: whatever the claims are, they are traceable, independent and of one matter."""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import answers
from qa.answers.claims import same_value
from qa.answers.corpus import Corpus, plain_corpus
from qa.answers.evidence import static_encoder
from qa.benchmark.claims import judge, other_value, retold, synonyms
from qa.datatypes import Answer, Citation, Claim
from qa.figures import figures
from qa.text import fold, squeeze

NOISE = {
    f"n{n}": text
    for n, text in enumerate(
        [
            "湖边的灯会\n湖边的灯会昨晚开幕,三万名游客冒雨观看,灯会将持续到月底。",
            "村里的稻田\n村里的稻田今年收成不错,农户把三百吨新米卖到了省城。",
            "新桥通车\n横跨两岸的新桥昨日通车,全长1280米,市民步行过江只需一刻钟。",
            "图书馆延长开放\n图书馆从五月起延长开放到晚上十点,并增设了儿童阅览区。",
        ]
    )
}


@dataclass(frozen=True)
class Matter:
    """A fact as two papers report it, and the question that asks for it."""

    first: str
    second: str
    question: str
    values: tuple[str, str]


MATTERS = (
    Matter(
        "街道工会服务进企业\n记者从{place}街道总工会了解到,{place}街道总工会上半年组织志愿者1020人,"
        "相继举办各类职工服务活动{value},受到职工欢迎。",
        "送到职工身边的服务\n上半年,{place}街道总工会举办的各类职工服务活动达{value},参加的志愿者有1020人,"
        "许多职工第一次走进了插花课堂。",
        "{place}街道总工会上半年举办了多少场职工服务活动?",
        ("1806场", "1086场"),
    ),
    Matter(
        "{place}镇新校舍落成\n{place}镇中心小学新校舍昨日落成,总投资{value},可容纳学生1200人,今年秋季启用。",
        "孩子们要搬新家了\n投资{value}的{place}镇中心小学新校舍落成,秋季启用后可容纳学生1200人,家长们都说好。",
        "{place}镇中心小学新校舍总投资多少?",
        ("3500万元", "5300万元"),
    ),
    Matter(
        "{place}村修通水渠\n{place}村的引水渠近日修通,全长{value},村民们投工投劳历时两年,灌溉良田八百亩。",
        "清水流进了田\n历时两年,全长{value}的{place}村引水渠修通了,八百亩良田得到灌溉,村民们奔走相告。",
        "{place}村的引水渠全长多少米?",
        ("4200米", "2400米"),
    ),
)
PLACES = ("柳湾", "青石", "白沙", "云栖")


def ask(matter: Matter, place: str, one: str, other: str, **more: str) -> tuple[Answer, Corpus]:
    pages = {
        "a": matter.first.format(place=place, value=one),
        "b": matter.second.format(place=place, value=other),
    }
    corpus = plain_corpus({**NOISE, **pages, **more}, static_encoder(), titled=True)
    return answers.answer(corpus, matter.question.format(place=place)), corpus


def check(answer: Answer, corpus: Corpus) -> None:
    """What holds of any claims, whatever was learned."""
    cited = {citation.n: citation for citation in answer.citations}
    numbers = [n for claim in answer.claims for n in claim.citations]
    assert set(numbers) <= set(cited) and len(numbers) == len(set(numbers))
    assert not answer.claims or len(numbers) >= 2, "one report alone claims nothing"
    for claim in answer.claims:
        for n in claim.citations:
            assert stated(claim.value, cited[n].quote)
    for one in answer.claims:
        for other in answer.claims:
            assert one is other or not same_value("number", one.value, other.value)
    sources = [cited[n].source for n in numbers]
    assert len(sources) == len(set(sources)), "a source counts once"
    for citation in answer.citations:
        text = corpus.page(citation.source).text
        assert squeeze("".join(text[a:b] for a, b in citation.spans)) == squeeze(citation.quote)


def stated(value: str, quote: str) -> bool:
    return fold(value) in fold(quote) or bool(set(figures(value)) & set(figures(quote)))


CASES = [(matter, place) for matter in MATTERS for place in PLACES[:2]]


def test_claims_are_numbers_of_independent_citations_that_state_them() -> None:
    counted, parted = 0, 0
    for matter, place in CASES:
        agreeing, corpus = ask(matter, place, matter.values[0], matter.values[0])
        check(agreeing, corpus)
        assert len(agreeing.claims) <= 1, "one value is no disagreement"
        counted += len(agreeing.claims)
        differing, corpus = ask(matter, place, *matter.values)
        check(differing, corpus)
        assert len(differing.claims) in (0, 2)
        parted += bool(differing.claims)
        if differing.claims:
            assert {claim.value for claim in differing.claims} == set(matter.values)
    assert counted and parted, "some reports are joined, or nothing above was checked"


@pytest.mark.parametrize("matter", MATTERS, ids=["activities", "school", "canal"])
def test_the_same_matter_elsewhere_is_no_second_report(matter: Matter) -> None:
    elsewhere = matter.second.format(place="乌岩", value=matter.values[1])
    pages = {"a": matter.first.format(place="柳湾", value=matter.values[0]), "b": elsewhere}
    corpus = plain_corpus({**NOISE, **pages}, static_encoder(), titled=True)
    answer = answers.answer(corpus, matter.question.format(place="柳湾"))
    check(answer, corpus)
    assert answer.claims == ()


@pytest.mark.parametrize("matter", MATTERS, ids=["activities", "school", "canal"])
def test_a_copy_word_for_word_is_no_second_report_whatever_its_figure(matter: Matter) -> None:
    for value in matter.values:
        pages = {
            name: matter.first.format(place="柳湾", value=v) for name, v in (("a", matter.values[0]), ("b", value))
        }
        corpus = plain_corpus({**NOISE, **pages}, static_encoder(), titled=True)
        assert answers.answer(corpus, matter.question.format(place="柳湾")).claims == ()


def test_other_years_are_other_facts() -> None:
    matter = MATTERS[0]
    first, second = (
        text.replace("上半年", f"{year}年上半年", 1).format(place="柳湾", value=value)
        for text, year, value in zip((matter.first, matter.second), (2020, 2021), matter.values, strict=True)
    )
    corpus = plain_corpus({**NOISE, "a": first, "b": second}, static_encoder(), titled=True)
    for question in (matter.question.format(place="柳湾"), "2021年" + matter.question.format(place="柳湾")):
        assert answers.answer(corpus, question).claims == ()


# ---- when two values are one ----------------------------------------------------------------------------------

number = st.integers(1, 10**7)


@given(number, st.sampled_from("场人家"))
def test_a_value_is_itself_in_every_print(count: int, unit: str) -> None:
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in str(count))
    for other in (f"{count:,}{unit}", f"{wide}{unit}", f" {count} {unit}", f"约{count}{unit}"):
        assert same_value("number", f"{count}{unit}", other)
        assert same_value("number", other, f"{count}{unit}")


@given(st.integers(1, 12), st.integers(1, 28), st.integers(1990, 2030))
def test_a_date_is_the_longer_form_of_itself_and_of_no_other(month: int, day: int, year: int) -> None:
    whole = f"{year}年{month}月{day}日"
    for short in (f"{year}年", f"{month}月{day}日", f"{year}年{month}月"):
        assert same_value("when", short, whole) and same_value("when", whole, short)
    assert not same_value("when", f"{month}月{day}日", f"{month}月{day + 1}日")
    assert not same_value("when", whole, f"{year + 1}年{month}月{day}日")


@given(st.sampled_from(["who", "where", "number", "when"]), st.text("赵明远钱小平12月场", max_size=5), st.data())
def test_to_be_one_value_goes_both_ways(kind: str, one: str, data: st.DataObject) -> None:
    other = data.draw(st.text("赵明远钱小平12月场", max_size=5))
    assert same_value(kind, one, other) == same_value(kind, other, one)
    assert not one or same_value(kind, one, one)


# ---- the benchmark of it --------------------------------------------------------------------------------------


@given(st.integers(0, 10**6))
def test_a_retold_sentence_keeps_its_value_and_loses_no_more_than_clauses(seed: int) -> None:
    text = "今年上半年,街道工会举办活动1806场,职工踊跃参加,效果很好。"
    words = {"举办": "举行", "活动": "行动", "职工": "员工", "效果": "成效"}
    told = retold(text, "1806场", words, random.Random(seed))
    back = told.removeprefix("据了解,").rstrip("。")
    for word, other in words.items():
        back = back.replace(other, word)
    assert told.count("1806场") == 1
    assert set(back.split(",")) <= set(text.rstrip("。").split(","))


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_another_number_is_another_one_of_the_same_unit(count: int, seed: int) -> None:
    other = other_value(f"{count}场", [], random.Random(seed))
    assert other.endswith("场") and int(other[:-1]) > count


def test_a_word_of_two_sets_has_no_synonym_and_a_character_is_no_word(tmp_path: Path) -> None:

    folder = tmp_path
    with gzip.open(folder / "cilin.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("员工\t职工\n意思\t含义\n意思\t情趣\n车\t轿车\n")
    assert synonyms(folder) == {"员工": "职工", "职工": "员工", "含义": "意思", "情趣": "意思"}


@pytest.mark.parametrize(
    ("text", "short", "claims", "verdict"),
    [
        ("", "", (), "not answered"),
        ("办了1806场。", "1806场", (), "one report"),
        ("办了1806场。", "1806场", ("1806场",), "counted"),
        ("办了1806场。", "", (), "no short answer"),
        ("办了1806场。", "1806场", ("1806场", "1,086场"), "both values"),
        ("办了1806场。", "1806场", ("1806场", "99场"), "other values"),
        ("办了99场。", "99场", (), "answered with something else"),
    ],
)
def test_an_answer_is_judged_by_what_a_reader_sees(
    text: str, short: str, claims: tuple[str, ...], verdict: str
) -> None:
    citations = (Citation(1, "a", "t", (1, 1), ((0, 1),), text),) if text else ()
    answer = Answer("q", "q", "answered", text, short, 0.5, citations, claims=tuple(Claim(one, (1,)) for one in claims))
    assert judge(answer, "1806场", "1086场") == verdict
