"""The arithmetic of scoring against plain loops: trees, neighbours, distances, rarity, coverage, meaning."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answers.corpus import Corpus, plain_corpus
from qa.answers.evidence import Candidate, analysed, candidates, static_encoder
from qa.answers.expectation import expectation
from qa.answers.features import NAMES, closeness, expected_spans, feature_rows, layout
from qa.answers.late import late_columns, matches
from qa.answers.model import sigmoid, trees_from
from qa.answers.scoring import COLUMNS, SUMMARY, blended, summary_row
from qa.answers.spans import TypedSpan
from qa.answers.weighing import Weighted, weigh
from qa.conversation import analyse
from qa.datatypes import Passage
from qa.text import fold, terms

Tree = Any  # a leaf's value, or (feature, threshold, left, right)
FEATURES = 3
TEXTS = {
    "a.txt": "城南图书馆开馆\n城南图书馆藏书30万册。馆长赵小兰说,座位有1200个。读者很多。",
    "b.txt": "海东灯会落幕\n灯会展出花灯400盏。观众来自各县。灯会由海东县文联主办。",
    "c.txt": "山区通车\n公路长20公里。村民用上了APP买票。车票5元。",
}
leaves = st.integers(-8, 8).map(lambda eighths: eighths / 8)
trees = st.recursive(
    leaves,
    lambda below: st.tuples(st.integers(0, FEATURES - 1), st.integers(-2, 2).map(float), below, below),
    max_leaves=9,
)


def nodes_of(tree: Tree) -> list[list[float]]:
    """The JSON rows of a nested tree, its root first."""
    if not isinstance(tree, tuple):
        return [[tree]]
    feature, threshold, left, right = tree
    first = [[feature, threshold, 1, 0], *moved(nodes_of(left), 1)]
    first[0][3] = len(first)
    return first + moved(nodes_of(right), len(first))


def moved(nodes: list[list[float]], by: int) -> list[list[float]]:
    return [row if len(row) == 1 else [row[0], row[1], row[2] + by, row[3] + by] for row in nodes]


def value_of(tree: Tree, row: Sequence[float]) -> float:
    if not isinstance(tree, tuple):
        return float(tree)
    feature, threshold, left, right = tree
    return value_of(left if row[feature] <= threshold else right, row)


def depth_of(tree: Tree) -> int:
    return 1 + max(depth_of(tree[2]), depth_of(tree[3])) if isinstance(tree, tuple) else 0


def record_of(forest: Sequence[Tree], base: float) -> dict[str, Any]:
    return {"base": base, "depth": max(map(depth_of, forest)), "trees": [nodes_of(tree) for tree in forest]}


@settings(deadline=None)
@given(
    st.lists(trees, min_size=1, max_size=5),
    st.lists(st.lists(st.integers(-3, 3).map(float), min_size=FEATURES, max_size=FEATURES), min_size=1, max_size=6),
    st.integers(-4, 4),
)
def test_trees_give_what_a_recursive_descent_gives(forest: list[Tree], rows: list[list[float]], base: int) -> None:
    found = trees_from(record_of(forest, base)).raw(np.array(rows))
    assert found.tolist() == [base + sum(value_of(tree, row) for tree in forest) for row in rows]


def test_a_tree_that_is_one_leaf_gives_it_to_every_row() -> None:
    record = {"base": -1.0, "depth": 0, "trees": [[[0.75]]]}
    assert trees_from(record).raw(np.zeros((3, 1))).tolist() == [-0.25] * 3


def test_a_row_goes_its_own_way_whatever_rows_stand_beside_it() -> None:
    forest = [(0, 0.0, (1, 1.0, -1.0, 2.0), 4.0), (2, -1.0, 0.5, (0, 2.0, -0.5, 8.0))]
    model = trees_from(record_of(forest, 0.25))
    rows = np.array(list(itertools.product((-2.0, 0.0, 1.0, 3.0), repeat=FEATURES)))
    together = model.raw(rows)
    assert len(set(together.tolist())) > 3
    assert together.tolist() == [float(model.raw(row[None, :])[0]) for row in rows]


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=8))
def test_the_sigmoid_is_symmetrical_and_rising(values: list[float]) -> None:
    rising = np.sort(np.array(values))
    chances = sigmoid(rising)
    assert chances + sigmoid(-rising) == pytest.approx(np.ones(len(values)))
    assert (np.diff(chances) >= 0).all()
    assert ((chances > 0) & (chances < 1)).all()


def test_the_sigmoid_of_enormous_log_odds_is_no_overflow() -> None:
    low, high = sigmoid(np.array([-1e300, 1e300]))
    assert 0 < low < 1e-12
    assert high == pytest.approx(1.0)


def numbered(sizes: Sequence[int]) -> list[Candidate]:
    return [Candidate(None, None, i) for size in sizes for i in range(size)]  # type: ignore[arg-type]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.data())
def test_neighbours_and_passages_are_spread_as_plain_loops_do(sizes: list[int], data: st.DataObject) -> None:
    numbers = st.integers(-9, 9)
    values = [data.draw(st.lists(numbers, min_size=size, max_size=size)) for size in sizes]
    heads = data.draw(st.lists(numbers, min_size=len(sizes), max_size=len(sizes)))
    order = layout(numbered(sizes))
    flat, context = np.array([[v] for row in values for v in row]), np.array(heads)[:, None]
    near = [
        max([head, *row[max(0, i - 1) : i + 2]])
        for head, row in zip(heads, values, strict=True)
        for i in range(len(row))
    ]
    whole = [max([head, *row]) for head, row in zip(heads, values, strict=True) for _ in row]
    assert order.near(flat, context)[:, 0].tolist() == near
    assert order.whole(flat, context)[:, 0].tolist() == whole


def test_the_layout_knows_where_each_passage_begins() -> None:
    order = layout(numbered([2, 1, 3]))
    assert order.starts.tolist() == [0, 2, 3]
    assert order.passage.tolist() == [0, 0, 1, 2, 2, 2]
    assert order.last.tolist() == [False, True, True, False, False, True]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([10], 1.0),  # inside the span
        ([8], 1.0),  # the two characters just before it
        ([13], 1.0),  # just after it
        ([4], 1 / 1.5),  # four characters between
        ([21], 0.5),  # eight between
        ([0, 21], 0.5),  # the nearer of both, eight each
        ([2, 4, 90], 1 / 1.5),
    ],
)
def test_closeness_falls_with_the_distance_to_the_nearest_word(places: list[int], expected: float) -> None:
    assert closeness([TypedSpan("number", 10, 13)], places) == pytest.approx([expected])


@given(st.integers(0, 50), st.integers(1, 9), st.lists(st.integers(0, 99), max_size=5), st.floats(0.1, 1))
def test_closeness_is_never_above_the_weight_and_rises_with_more_words(
    start: int, size: int, places: list[int], weight: float
) -> None:
    span = TypedSpan("who", start, start + size, weight=weight)
    fewer, more = closeness([span], places[1:])[0], closeness([span], places)[0]
    assert 0 < fewer <= more <= weight


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("藏书有多少册?", "馆里藏书30万册,座位1200个。", ["30万册", "1200个"]),
        ("30万册藏书放在多少个房间?", "馆里藏书30万册,房间有12个。", ["12个"]),
        ("何时开馆?", "2021年5月1日,新馆开馆。", ["2021年5月1日"]),
        ("2021年5月谁来了?", "2021年5月,馆长赵小兰表示欢迎。", ["赵小兰"]),
        ("为什么开馆?", "2021年5月,馆长赵小兰表示欢迎。", []),
        ("灯会是谁主办的?", "灯会由海东县总工会主办。", ["海东县总工会"]),
    ],
)
def test_what_can_answer_is_of_the_kind_asked_for_and_not_in_the_question(
    question: str, text: str, expected: list[str]
) -> None:
    asked, sentence = analyse(question), analysed(Passage(text, ((0, len(text)),))).sentences[0]
    spans = expected_spans(asked, fold(question), sentence)
    assert [sentence.text[span.start : span.end] for span in spans] == expected


@functools.cache
def archive() -> Corpus:
    return plain_corpus(TEXTS, titled=True)


class Counts:
    """An archive of a thousand passages that tells how many hold a term."""

    passage_count = 1000

    def __init__(self, counts: dict[str, int]) -> None:
        self._counts = counts

    def document_frequency(self, term: str) -> int:
        return self._counts.get(term, 0)


def weighed(question: str, counts: dict[str, int]) -> Weighted:
    return weigh(Counts(counts), analyse(question))  # type: ignore[arg-type]


def test_rarity_falls_from_one_with_the_passages_that_hold_a_term() -> None:
    found = weighed("图书 灯会 公路 花灯", {"图书": 1, "灯会": 10, "公路": 300, "花灯": 1000})
    by_gram = dict(zip((group[0] for group in found.grams), found.rarity.tolist(), strict=True))
    assert by_gram["图书"] == pytest.approx(1.0)
    assert by_gram["图书"] > by_gram["灯会"] > by_gram["公路"] > by_gram["花灯"] >= 0
    assert by_gram["花灯"] < 0.01


def test_a_term_in_no_passage_is_as_rare_as_one_in_a_single_passage_and_unknown() -> None:
    found = weighed("图书 灯会", {"灯会": 1})
    assert found.rarity.tolist() == pytest.approx([1.0, 1.0])
    assert dict(zip((group[0] for group in found.grams), found.unknown.tolist(), strict=True)) == {
        "图书": True,
        "灯会": False,
    }


def test_numbers_and_latin_words_must_be_found_as_they_are() -> None:
    found = weighed("APP上2021年的图书有多少本?", {"图书": 2})
    exact = {group[0] for group, flag in zip(found.grams, found.exact, strict=True) if flag}
    assert exact == {"app", "2021"}


def test_a_lone_character_is_weighed_when_there_is_no_pair() -> None:
    assert weighed("灯?", {"灯": 3}).grams == (("灯",),)


def test_a_repeated_term_is_weighed_once() -> None:
    found = weighed("图书 图书 图书", {"图书": 3})
    assert found.grams == (("图书",),)
    assert found.chars == (("图",), ("书",))


def by_hand(grams: Sequence[tuple[str, ...]]) -> Weighted:
    number = len(grams)
    empty = np.zeros(0)
    return Weighted(tuple(grams), np.ones(number), (), empty, np.zeros(number, bool), np.zeros(number, bool))


def test_any_form_of_a_group_will_do() -> None:
    groups = [("school", "学校", "小学"), ("library", "图书馆"), ("train", "火车")]
    texts = ["城南小学的图书馆", "the school library", "图书在馆里", "火车站旁"]
    held = by_hand(groups).held([(text, frozenset(terms(text))) for text in texts])
    assert held.tolist() == [[True, True, False], [True, True, False], [False, False, False], [False, False, True]]


@given(st.lists(st.sampled_from(["图书", "书馆", "馆", "灯会", "app", "30", "会"]), unique=True, min_size=1), st.data())
def test_plain_terms_are_held_when_they_stand_among_the_terms(wanted: list[str], data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.text("图书馆灯会p3a0 。", max_size=12), max_size=4))
    held = by_hand([(term,) for term in wanted]).held([(text, frozenset(terms(text))) for text in texts])
    assert held.tolist() == [[term in terms(text) for term in wanted] for text in texts]


def rows_of(question: str) -> tuple[list[Candidate], Any, Weighted]:
    found = candidates(archive().search(question, 3))
    asked = analyse(question)
    return found, feature_rows(archive(), asked, found), weigh(archive(), asked)


def column(rows: Any, name: str) -> Any:
    return rows[:, NAMES.index(name)]


QUESTIONS = ["城南图书馆的馆长是谁?", "海东灯会展出多少盏花灯?", "村民用APP买什么票?", "公路有多长?"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_coverage_and_its_neighbours_agree_with_sums_by_hand(question: str) -> None:
    found, rows, weighted = rows_of(question)
    rarity = {group[0]: weight for group, weight in zip(weighted.grams, weighted.rarity, strict=True)}
    for one, row in zip(found, rows, strict=True):
        beside = one.passage.sentences[max(0, one.number - 1) : one.number + 2]
        stories = {"a.txt": 0, "b.txt": 1, "c.txt": 2}
        story = fold(list(TEXTS.values())[stories[one.hit.passage.source]])
        levels = {
            "cover_sentence": set(one.sentence.grams),
            "cover_near": set().union(*(s.grams for s in beside), one.passage.context_grams),
            "cover_article": set(terms(story)),
        }
        for name, held in levels.items():
            expected = sum(rarity[gram] for gram in rarity if gram in held) / sum(rarity.values())
            assert row[NAMES.index(name)] == pytest.approx(expected), name


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_longest_run_is_counted_term_by_term(question: str) -> None:
    found, rows, weighted = rows_of(question)
    for one, value in zip(found, column(rows, "longest_run"), strict=True):
        flags = "".join("x" if group[0] in one.sentence.grams else " " for group in weighted.grams)
        assert value == pytest.approx(max(map(len, flags.split()), default=0) / len(flags))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_wider_stretch_covers_no_less(question: str) -> None:
    _, rows, _ = rows_of(question)
    levels = [column(rows, f"cover_{level}") for level in ("sentence", "near", "passage", "article")]
    for narrow, wide in itertools.pairwise(levels):
        assert (wide >= narrow - 1e-12).all()
    assert (column(rows, "rarest_article") >= column(rows, "rarest_sentence")).all()
    assert (column(rows, "lacking_article") <= column(rows, "lacking_sentence")).all()


@pytest.mark.parametrize("question", ["“花灯”有多少?", "《灯会》在哪里?", "灯会在哪里?"])
def test_a_quoted_name_is_looked_for_word_for_word(question: str) -> None:
    found, rows, _ = rows_of(question)
    name = next((name for name in ("花灯", "灯会") if f"“{name}”" in question or f"《{name}》" in question), None)
    expected = [-1.0 if name is None else float(name in one.sentence.text) for one in found]
    assert column(rows, "quoted_sentence").tolist() == expected


def test_the_kind_and_the_language_of_the_question_are_the_same_in_every_row() -> None:
    _, rows, _ = rows_of("公路有多长?")
    assert set(column(rows, "kind_number").tolist()) == {1.0}
    assert set(column(rows, "kind_who").tolist()) == set(column(rows, "english").tolist()) == {0.0}


def test_expectation_judges_every_row_alone() -> None:
    chance = np.random.default_rng(7)
    rows = chance.integers(-1, 3, (40, len(NAMES))).astype(float)
    assert expectation(rows).tolist() == pytest.approx([float(expectation(row[None, :])[0]) for row in rows])


def cosine(left: Any, right: Any) -> float:
    length = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / length if length else 0.0


@pytest.mark.parametrize("question", ["图书馆明年有多少读者?", "灯会是谁主办的?", "How long is the road?"])
def test_the_nine_columns_of_meaning_agree_with_loops(question: str) -> None:
    encoder, asked = static_encoder(), analyse(question)
    found = candidates(archive().search("图书馆 灯会 公路", 3))
    order = layout(found)
    matched = matches(encoder, asked, found, order.starts)
    given_columns = late_columns(found, matched, order.near, order.whole, order.starts)
    query = encoder.token_vectors(encoder.token_ids([asked.content])[0]).astype(float)
    mean = encoder.encode_query([fold(question)])[0].astype(float)
    weights = np.linalg.norm(query, axis=1)
    heavy = [i for i, weight in enumerate(weights) if weight >= 0.6 * max(weights)]

    def best(bags: Sequence[Any]) -> list[float]:
        vectors = [encoder.token_vectors(bag).astype(float) for bag in bags if len(bag)]
        return [max(cosine(q, word) for words in vectors for word in words) for q in query]

    for one, row in zip(found, given_columns, strict=True):
        parts, i, head = one.passage.sentences, one.number, one.passage.context_tokens
        beside = parts[max(0, i - 1) : i + 2]
        levels = [[one.sentence.tokens], [*(s.tokens for s in beside), head], [*(s.tokens for s in parts), head]]
        sums = [
            sum(encoder.token_vectors(s.tokens).astype(float).sum(axis=0) for s in group)
            for group in ([one.sentence], beside, parts)
        ]
        late = [best(level) for level in levels]
        low = sorted(late[1][j] for j in heavy)
        expected = [cosine(total, mean) * float(np.linalg.norm(mean)) for total in sums]
        expected += [float(np.average(level, weights=weights)) for level in late]
        expected += [low[0], low[min(1, len(low) - 1)], min(late[2][j] for j in heavy)]
        assert row.tolist() == pytest.approx(expected, abs=2e-4)


def test_a_question_without_content_means_nothing_like_any_sentence() -> None:
    found = candidates(archive().search("图书馆", 2))
    order = layout(found)
    matched = matches(static_encoder(), analyse("谁?"), found, order.starts)
    rows = late_columns(found, matched, order.near, order.whole, order.starts)
    assert rows.shape == (len(found), 9)
    assert np.isfinite(rows).all()
    assert (rows[:, 3:6] == 0).all()


@pytest.mark.parametrize(("definition", "attribute"), [(0.0, False), (1.0, True), (0.0, True)])
def test_the_second_look_ranks_with_a_part_of_the_first_what_is_no_definition(
    definition: float, attribute: bool
) -> None:
    rows, second = looked_at_twice(definition)
    trees = trees_from({"base": 0.0, "depth": 1, "trees": [second]})
    assert blended(rows, trees, attribute) == pytest.approx([1.0 - 0.3 * 4, -1.0 + 0.3 * 4])


def test_a_definition_goes_by_the_first_look_and_a_tenth_of_the_second() -> None:
    rows, second = looked_at_twice(1.0)
    trees = trees_from({"base": 0.0, "depth": 1, "trees": [second]})
    assert blended(rows, trees) == pytest.approx([-4.0 + 0.1, 4.0 - 0.1])


def test_a_question_for_steps_goes_by_the_first_look_too() -> None:
    rows = np.zeros((2, len(COLUMNS)))
    rows[:, COLUMNS.index("first")] = (-4.0, 4.0)
    rows[:, COLUMNS.index("kind_how")] = 1
    trees = trees_from({"base": 1.0, "depth": 1, "trees": [[[0.0]]]})
    assert blended(rows, trees, steps=True) == pytest.approx([-4.0 + 0.1, 4.0 + 0.1])
    assert blended(rows, trees) == pytest.approx([1.0 - 1.2, 1.0 + 1.2])


def looked_at_twice(definition: float) -> tuple[np.ndarray[Any, np.dtype[np.float64]], list[list[float]]]:
    """Two sentences of which the first look prefers the second, and a tree of the reader's score that does not."""
    rows = np.zeros((2, len(COLUMNS)))
    rows[:, COLUMNS.index("kind_definition")] = definition
    rows[:, COLUMNS.index("first")] = -4.0, 4.0
    rows[:, COLUMNS.index("read")] = 2.0, -2.0
    return rows, [[COLUMNS.index("read"), 0.0, 1, 2], [-1.0], [1.0]]


def test_how_the_best_stands_out_is_counted_by_hand() -> None:
    rows = np.zeros((5, len(COLUMNS)))
    rows[:, COLUMNS.index("read")] = [1.0, 4.0, 2.0, -1.0, -2.0]
    rows[:, NAMES.index("cover_article")] = [0.5, 0.9, 0.1, 0.2, 0.3]
    rows[:, NAMES.index("late_near")] = [0.8, 0.1, 0.1, 0.1, 0.1]
    row = summary_row(np.array([3.0, 3.0, 2.5, 1.0, -1.0]), rows, ["甲", "甲", "乙", "丙", "丁"])
    given_summary = dict(zip(SUMMARY, row[len(COLUMNS) :].tolist(), strict=True))
    assert given_summary["evidence"] == 3.0
    assert given_summary["margin"] == 0.5
    assert given_summary["runner_up"] == 2.5
    assert given_summary["mean_of_five"] == pytest.approx((3.0 + 2.5 + 1.0 - 1.0) / 4)
    assert given_summary["others"] == 1.0  # 乙 alone is within one of the best
    assert given_summary["best_article"] == pytest.approx(0.4)
    assert given_summary["best_late"] == 0.0
    assert (given_summary["read_best"], given_summary["read_second"]) == (4.0, 2.0)
    assert given_summary["read_any"] == pytest.approx(math.log(sum(math.exp(x) for x in (1, 4, 2, -1, -2))))


def test_rarity_is_finite_in_an_archive_of_one_passage() -> None:
    one = plain_corpus({"a.txt": "灯会开幕。"})
    weighted = weigh(one, analyse("灯会 图书"))
    assert np.isfinite(weighted.rarity).all()
    assert ((weighted.rarity >= 0) & (weighted.rarity <= 1)).all()
    assert not math.isnan(float(weighted.char_rarity.sum()))
