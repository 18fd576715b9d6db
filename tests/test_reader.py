"""What the reader sees, what it learns from, and the network: numpy against torch, sentences apart from each other."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from qa.answers.corpus import Corpus, plain_corpus
from qa.answers.evidence import Candidate, candidates, static_encoder
from qa.answers.lessons import Lesson, arrays, batches, first_vectors, lesson, schedule, teach, vocabulary
from qa.answers.network import Network, loss_of, tensors_of
from qa.answers.reader import LONGEST, Read, Reader, answer_span, reader
from qa.answers.reading import (
    GAP,
    HELD,
    TYPES,
    Reading,
    codes,
    codes_to_rows,
    pair_codes,
    pair_text,
    reading,
)
from qa.answers.reading import LONGEST as READ_LONGEST
from qa.answers.rereading import MOST, columns_of, likeliest, reread
from qa.answers.samples import Example
from qa.answers.weighing import weigh
from qa.conversation import analyse

TEXT = "城南街道下辖320家商店。街道主席赵小兰说,明年建图书馆。居民有1.2万人。街道成立于2015年。"
OTHER = "北湖公园占地30亩。公园由市园林局管理,园长是钱大海。"


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return plain_corpus({"a": TEXT, "b": OTHER}, static_encoder())


def pool(corpus: Corpus, question: str) -> list[Candidate]:
    return candidates(corpus.search(question, 8))


def seen(corpus: Corpus, question: str, found: list[Candidate] | None = None) -> Reading:
    asked = analyse(question)
    return reading(corpus, asked, found or pool(corpus, question), weigh(corpus, asked))


def test_codes_and_pairs_come_back_as_text() -> None:
    text = codes("工会𠮷a")
    assert "".join(map(chr, text)) == "工会𠮷a"
    pairs = pair_codes(np.append(text, 0))
    assert [pair_text(code) for code in pairs[:3]] == ["工会", "会𠮷", "𠮷a"]
    assert pairs[3:].tolist() == [0, 0]  # nothing pairs with a gap


def test_rows_of_a_table_are_those_of_the_codes() -> None:
    known = np.array([5, 9, 30])
    assert codes_to_rows(known, np.array([0, 5, 9, 30, 31, 4, 10])).tolist() == [0, 2, 3, 4, 1, 1, 1]


def test_sentences_stand_one_after_the_other_with_gaps(corpus: Corpus) -> None:
    found = pool(corpus, "街道主席是谁?")
    read = seen(corpus, "街道主席是谁?", found)
    for one, start, length in zip(found, read.starts, read.lengths, strict=True):
        assert "".join(map(chr, read.text[start : start + length])) == one.sentence.text
        assert not read.text[start + length : start + length + GAP].any()
        assert not read.form[start + length : start + length + GAP].any()
    assert len(read.text) == sum(len(one.sentence.text) + GAP for one in found)


def test_a_sentence_without_end_is_read_from_its_beginning() -> None:
    long = plain_corpus({"a": "工会会员很多" * 60 + "。"}, static_encoder())
    read = seen(long, "工会会员有多少?")
    assert read.lengths.max() == READ_LONGEST


def test_the_form_marks_what_the_question_holds_and_what_can_answer(corpus: Corpus) -> None:
    found = [one for one in pool(corpus, "街道主席是谁?") if "赵小兰" in one.sentence.text]
    read, text = seen(corpus, "街道主席是谁?", found), found[0].sentence.text
    name, office = text.index("赵小兰"), text.index("主席")
    assert read.form[office, :2].tolist() == [1.0, 1.0]
    assert read.form[name, :2].tolist() == [0.0, 0.0]
    assert read.form[name, 4 + TYPES.index("who")] > 0
    assert read.form[name, -3] > 0 and read.form[name, -1] == 1.0
    assert read.form[office, -3] == 0


def test_a_number_of_the_unit_asked_for_is_marked(corpus: Corpus) -> None:
    found = [one for one in pool(corpus, "街道有多少家商店?") if "320" in one.sentence.text]
    read, text = seen(corpus, "街道有多少家商店?", found), found[0].sentence.text
    assert read.form[text.index("320"), -2] == 1.0


def test_terms_are_looked_for_further_and_further_away(corpus: Corpus) -> None:
    question = "街道图书馆园林?"
    found = [one for one in pool(corpus, question) if "320" in one.sentence.text]
    held = seen(corpus, question, found).held[0]
    at = {term: held[question.index(term)].tolist() for term in ("街道", "图书", "园林")}
    assert at["街道"] == [1.0] * HELD
    assert at["图书"] == [0.0, 1.0, 1.0, 1.0]  # the next sentence has it
    assert at["园林"] == [0.0] * HELD


def test_an_english_question_is_read_by_its_chinese_words(corpus: Corpus) -> None:
    read = seen(corpus, "When was the library built?")
    assert "图书馆" in "".join(map(chr, read.asked))


def test_a_question_of_no_known_word_is_still_read(corpus: Corpus) -> None:
    assert np.isfinite(reader().read(seen(corpus, "qzx?", pool(corpus, "街道"))).scores).all()


def lessons_of(corpus: Corpus) -> list[Lesson]:
    asked = [
        ("街道主席是谁?", "赵小兰"),
        ("居民有多少人?", "1.2万人"),
        ("园长是谁?", "钱大海"),
        ("公园占地多少?", "30亩"),
    ]
    made = []
    for question, gold in asked:
        found = pool(corpus, question)
        texts = [one.sentence.text for one in found]
        right = [gold in text for text in texts]
        made.append(lesson(seen(corpus, question, found), texts, right, Example(question, "a", (gold,))))
    missing = pool(corpus, "街道的电话?")
    none = [False] * len(missing)
    made.append(lesson(seen(corpus, "街道的电话?", missing), [""] * len(missing), none, Example("", "a", ())))
    return made


def test_a_lesson_knows_where_the_answer_stands(corpus: Corpus) -> None:
    for one in lessons_of(corpus)[:4]:
        ((first, last),) = one.spans
        text = "".join(map(chr, one.reading.text[first : last + 1]))
        assert text in ("赵小兰", "1.2万人", "钱大海", "30亩")
    assert lessons_of(corpus)[4].spans == ()


def test_every_lesson_is_in_one_batch(corpus: Corpus) -> None:
    lessons = lessons_of(corpus) * 40
    found = batches(lessons, random.Random(1))
    assert sorted(number for batch in found for number in batch) == list(range(len(lessons)))
    assert len(found) > 1


def test_the_rate_rises_and_falls() -> None:
    rates = [schedule(step, 2000) for step in range(2000)]
    assert rates[0] < 0.01 and max(rates) == 1.0 and rates[-1] == pytest.approx(0.02, abs=0.01)
    assert rates.index(max(rates)) < 400


def test_frequent_letters_and_pairs_make_the_vocabulary(corpus: Corpus) -> None:
    known = vocabulary(lessons_of(corpus))
    assert {ord("街"), ord("道")} <= set(known["letters"].tolist())
    assert "街道" in {pair_text(code) for code in known["pairs"].tolist()}
    assert (np.diff(known["letters"]) > 0).all() and (np.diff(known["pairs"]) > 0).all()


@pytest.fixture(scope="module")
def network(corpus: Corpus) -> Network:
    torch.manual_seed(2)
    known = vocabulary(lessons_of(corpus))
    first = first_vectors(static_encoder(), known)
    made = Network(torch.from_numpy(first["letters"]), torch.from_numpy(first["pairs"]))
    for value in made.parameters():
        value.data += 0.02 * torch.randn_like(value)
    made.letters.weight.data[0] = 0
    made.pairs.weight.data[0] = 0
    return made.eval()


def test_numpy_reads_as_torch_does(corpus: Corpus, network: Network) -> None:
    lessons = lessons_of(corpus)
    known = vocabulary(lessons)
    with torch.no_grad():
        scores, ends = network({name: torch.from_numpy(part) for name, part in arrays(lessons, known).items()})
    small = Reader(tensors_of(network, known))
    for number, one in enumerate(lessons):
        read = small.read(one.reading)
        count, letters = len(one.right), one.reading.text > 0
        assert read.scores == pytest.approx((scores[number, :count] - network.none).detach().numpy(), abs=0.05)
        for found, column in ((read.first, 0), (read.last, 1)):
            wanted = ends[number, : len(letters), column].numpy()
            assert found[letters] == pytest.approx(wanted[letters], abs=0.05)


def test_a_sentence_is_read_the_same_whatever_stands_beside_it(corpus: Corpus) -> None:
    found = pool(corpus, "街道主席是谁?")
    alone = [float(reader().read(seen(corpus, "街道主席是谁?", [one])).scores[0]) for one in found]
    assert reader().read(seen(corpus, "街道主席是谁?", found)).scores == pytest.approx(alone, abs=1e-3)


def test_the_loss_is_least_where_right_sentences_and_ends_win(corpus: Corpus, network: Network) -> None:
    lessons = lessons_of(corpus)
    batch = {name: torch.from_numpy(part) for name, part in arrays(lessons, vocabulary(lessons)).items()}

    class Knowing(torch.nn.Module):
        none = torch.zeros(1)

        def forward(self, given: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
            scores = torch.where(given["right"], 20.0, -20.0)
            return scores, torch.stack([20.0 * given["first"], 20.0 * given["last"]], 2)

    assert float(loss_of(Knowing(), batch)) < 0.01  # type: ignore[arg-type]
    assert loss_of(network, batch).item() > 0.5


def test_lessons_are_learned(corpus: Corpus) -> None:
    lessons = lessons_of(corpus)
    told: list[str] = []
    small = Reader(teach(lessons * 4, static_encoder(), 40, 1, told.append))
    assert len(told) == 40
    for one in lessons:
        scores = small.read(one.reading).scores
        if one.right.any():
            assert one.right[scores.argmax()]
        else:
            assert scores.max() < 0
    one = lessons[0]
    read, number = small.read(one.reading), int(np.flatnonzero(one.right)[0])
    start, length = int(one.reading.starts[number]), int(one.reading.lengths[number])
    first, end, _ = answer_span(read, start, length)
    assert "".join(map(chr, one.reading.text[start + first : start + end])) == "赵小兰"


def test_the_reader_sees_which_letters_words_and_levels_agree(corpus: Corpus) -> None:
    question = "城南街道主席是谁?"
    found = pool(corpus, question)
    read, asked = seen(corpus, question, found), analyse(question)
    weighted, letters = weigh(corpus, asked), set(asked.content) - {" ", "?"}
    runs = [asked.content[i : i + 2] for i in range(len(asked.content) - 1)]
    for row, (one, start) in enumerate(zip(found, read.starts, strict=True)):
        text, form = one.sentence.text, read.form[start:]
        assert [bool(value) for value in form[: len(text), 0]] == [letter in letters for letter in text]
        known = [any(g[0] in text[max(0, i - 1) : i + 2] for g in weighted.grams) for i in range(len(text))]
        assert [value > 0 for value in form[: len(text), 1]] == known
        assert (form[: len(text), 3] > 0).tolist() == known
        whole = "\n".join(part.text for part in one.passage.sentences)
        for i, pair in enumerate(runs):
            if pair.strip() == pair and len(pair) == 2 and not set(pair) & set("?,"):
                assert read.held[row, i, 0] >= (pair in text)
                assert read.held[row, i, 2] >= (pair in whole)
                assert read.held[row, i].tolist() == sorted(read.held[row, i].tolist())


@pytest.mark.parametrize(("start", "length"), [(7, 45), (0, LONGEST), (0, 60), (58, 2), (59, 1)])
def test_the_likeliest_answer_is_that_of_brute_force(start: int, length: int) -> None:
    chance = np.random.default_rng(4)
    for _ in range(20):
        first, last = chance.normal(size=(2, 60)).astype(np.float32) * 2
        pairs = {
            (i, j + 1): float(first[start + i] + last[start + j])
            for i in range(length)
            for j in range(i, min(i + LONGEST, length))
        }
        best = max(pairs, key=lambda pair: pairs[pair])
        total = sum(np.exp(value - pairs[best]) for value in pairs.values())
        found = answer_span(Read(np.zeros(1, np.float32), first, last), start, length)
        assert found[:2] == best
        assert found[2] == pytest.approx(1 / total, rel=1e-4)


def test_the_likeliest_sentences_come_once_each() -> None:
    scores = np.array([0.1, 3.0, 3.0, 2.0])
    assert likeliest(scores, ["甲", "乙", "乙", "丙"]) == [1, 3, 0]
    assert len(likeliest(np.arange(40.0), [str(i) for i in range(40)])) == MOST


def test_each_sentence_is_set_against_the_best_other() -> None:
    columns = columns_of(np.array([2.0, 1.0]), np.array([1.0, 4.0], np.float32))
    assert columns.tolist() == [[2.0, 0.0, 1.0, -3.0, -3.0], [1.0, -1.0, 4.0, 0.0, 3.0]]


def test_copies_of_a_sentence_are_read_once_and_share_what_is_read(corpus: Corpus) -> None:
    asked = analyse("街道主席是谁?")
    found = pool(corpus, asked.text)
    doubled = [*found, *(replace(one) for one in found)]
    scores = np.concatenate([np.arange(len(found), dtype=float), np.arange(len(found), dtype=float) - 0.5])
    again = reread(corpus, asked, doubled, weigh(corpus, asked), scores)
    assert sorted(again.chosen.tolist()) == list(range(len(doubled)))
    half = len(found)
    assert again.columns[:half, 2] == pytest.approx(again.columns[half:, 2])
    assert again.columns[:, 0].tolist() == scores.tolist()
    assert again.spans[:half] == again.spans[half:]
