"""The training recipe: its parts against their definitions, and the whole of it on a handful of made-up rows."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from embeddings import load_encoder
from embeddings.late import late_interaction
from embeddings.pooling import unit
from embeddings.train import evaluation, pairs, reading, saving
from embeddings.train.__main__ import main

torch = pytest.importorskip("torch")
pytest.importorskip("sentencepiece")

from embeddings.train import objective, training, vocabulary  # noqa: E402 (these need torch and sentencepiece)
from embeddings.train.initial import initial_table  # noqa: E402
from embeddings.train.normalizer import folding  # noqa: E402

PLACES = ["江城", "山城", "海城", "河城", "湖城", "泉城", "石城", "花城"]
THINGS = ["图书馆", "医院", "学校", "工厂", "公园", "车站", "市场", "剧院"]
ENGLISH = ["library", "hospital", "school", "factory", "park", "station", "market", "theatre"]


def write_rows(folder: Path, name: str, rows: Sequence[Sequence[str]]) -> None:
    with gzip.open(folder / f"{name}.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines("\t".join(row) + "\n" for row in rows)


def write_objects(folder: Path, name: str, rows: Sequence[dict[str, Any]]) -> None:
    with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def contexts() -> list[dict[str, Any]]:
    rows = []
    for i, place in enumerate(PLACES):
        text = f"{place}的{THINGS[i]}建于19{i}5年。它有{i + 3}层楼,每天接待很多人。{place}人都说它好。"
        answer = {"text": f"19{i}5年", "start": text.index("19")}
        question = {"id": str(i), "question": f"{place}的{THINGS[i]}建于哪年?", "answers": [answer]}
        rows.append({"context": text, "qas": [question]})
    return rows


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of training data with a few made-up rows of most kinds."""
    folder = tmp_path_factory.mktemp("data")
    words = list(zip(THINGS, ENGLISH, strict=True))
    glossed = [(word, word, "pin1 yin1", f"{gloss}/to {gloss} (sth)/CL:個|个[ge4]") for word, gloss in words]
    write_rows(folder, "cedict", [*glossed, ("的", "的", "de5", "of"), ("好", "好", "hao3", "good/well")])
    translations = [("library {n} (place)", "圖書館, 图书馆 /túshūguǎn/"), ("good {a}", "好 /hǎo/")]
    write_rows(folder, "wiktionary_en_zh", translations)
    write_rows(folder, "thuocl_places", [(place, "1") for place in PLACES])
    write_rows(folder, "tatoeba_en_zh", [(f"The {e} is good.", f"{t}很好。") for t, e in words])
    told = [(f"News of the {gloss} {i}", f"{word}的新闻{i}") for i in range(3) for word, gloss in words]
    write_rows(folder, "wmt_news_en_zh", told)
    write_rows(folder, "csts_positive", [(f"{place}在哪里", f"{place}在什么地方") for place in PLACES])
    write_objects(folder, "cmrc2018_train", contexts())
    write_objects(folder, "cmrc2018_trial", contexts()[:4])
    pairs_of_words = zip(PLACES, THINGS, strict=True)
    news = [(f"{place}新{thing}开放", place, f"{place}的{thing}今天开放。" * 12) for place, thing in pairs_of_words]
    write_objects(folder, "xwlb_news", [{"title": title, "tags": [tag], "body": body} for title, tag, body in news])
    return folder


@pytest.fixture(scope="module")
def corpus(data: Path) -> reading.Corpus:
    return reading.read_corpus(data)


@pytest.fixture(scope="module")
def tokenizer(corpus: reading.Corpus) -> Any:
    return vocabulary.choose_tokenizer(corpus, 400)[0]


def smoke(data: Path, out: Path, *more: str) -> None:
    main(["--data", str(data), "--out", str(out), "--smoke", "--teacher", "none", *more])


def test_the_whole_recipe_runs_and_its_model_loads(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    smoke(data, tmp_path / "model")
    encoder = load_encoder(str(tmp_path / "model"))
    scores = encoder.encode_query(["江城的图书馆"]) @ encoder.encode_document(["江城的图书馆建于1905年", "车站"]).T
    assert scores[0, 0] > scores[0, 1]
    assert "| cmrc2018_trial |" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_model_and_another_seed_another(data: Path, tmp_path: Path) -> None:
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        smoke(data, tmp_path / name, "--seed", seed, "--threads", "1")
    first, second, other = (load_encoder(str(tmp_path / name)).encode_query(["江城的图书馆"])[0] for name in "abc")
    np.testing.assert_allclose(first, second, atol=1e-4)
    assert not np.allclose(first, other, atol=1e-2)


def test_missing_data_is_said_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "--out", str(tmp_path / "model"), "--smoke", "--teacher", "none"]) == 1
    said = capsys.readouterr().err
    assert "cedict" in said
    assert said.count("\n") == 1


def test_unclear_sources_can_be_left_out(data: Path) -> None:
    everything, clean = reading.read_corpus(data), reading.read_corpus(data, without=reading.GREY)
    assert len(everything.articles) == len(PLACES)
    assert clean.articles == []
    assert len(clean.questions) == len(everything.questions) > 0


def test_news_kept_for_measuring_is_not_trained_on(data: Path, corpus: reading.Corpus) -> None:
    train, held = reading.wmt(data)
    assert len(train) + len(held) == 24
    assert held
    assert not {row[1] for row in held} & {chinese for _, chinese in corpus.parallel}


@pytest.mark.parametrize(
    ("gloss", "expected"),
    [
        ("to eat (sth)/meal/CL:頓|顿[dun4]", ["eat", "meal"]),
        ("surname Wang/king", ["king"]),
        ("old variant of 好[hao3]", []),
        ("good; well/well", ["good", "well"]),
    ],
)
def test_senses_are_plain_english(gloss: str, expected: list[str]) -> None:
    assert reading.senses(gloss) == expected


def test_wiktionary_is_read_word_by_word(data: Path) -> None:
    assert list(reading.inverted_wiktionary(data)) == [("library", "圖書館"), ("library", "图书馆"), ("good", "好")]


@pytest.mark.parametrize("size", [20, 60, 200])
def test_a_window_holds_what_it_was_cut_around(size: int) -> None:
    text = "".join(f"第{i}句话说的是第{i}件事。" for i in range(60))
    for offset in range(0, len(text), 37):
        part = reading.window(text, offset, size)
        assert part in text
        assert text.index(part) <= offset < text.index(part) + len(part)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("國慶節", "国庆节"), ("ＡＢｃ", "abc"), ("1806", "1 8 0 6"), ("①２", "1 2"), ("a、b", "a b"), ("ﬁ", "fi")],
)
def test_folding_is_one_table_of_characters(text: str, expected: str) -> None:
    assert folding().normalize_str(text).split() == expected.split()


def test_folding_twice_changes_nothing() -> None:
    fold = folding().normalize_str
    for text in ("臺灣ＡＢ12。", "Ünïcödé 裡面 ㈱", "½ ℃ ㎡"):
        assert fold(fold(text)).split() == fold(text).split()


def test_the_longest_word_is_taken_from_the_left() -> None:
    tokenizer = vocabulary.word_tokenizer(["研", "究", "生", "命", "研究", "研究生", "生命"])
    assert tokenizer.encode("研究生命", add_special_tokens=False).tokens == ["研究生", "命"]


def test_a_letter_outside_the_vocabulary_splits_a_run_but_does_not_spoil_it() -> None:
    tokenizer = vocabulary.word_tokenizer(["研", "究", "研究", "工", "会", "工会"])
    for strange in ("堃", "가", "🙂", "𠀀", "a"):
        assert tokenizer.encode(f"研究{strange}工会", add_special_tokens=False).tokens == ["研究", "工会"]


def test_the_vocabulary_keeps_its_size_and_every_character(corpus: reading.Corpus) -> None:
    tokenizer, counts = vocabulary.choose_tokenizer(corpus, 200)
    assert tokenizer.get_vocab_size() == len(counts) <= 200
    assert {"江", "城", "图书馆", "library"} <= set(tokenizer.get_vocab())
    rows = tokenizer.get_vocab()
    assert counts[rows["的"]] > counts[rows["library"]]


def test_rare_tokens_start_with_more_weight_than_frequent_ones(corpus: reading.Corpus) -> None:
    tokenizer, counts = vocabulary.choose_tokenizer(corpus, 400)
    lengths = np.linalg.norm(initial_table(tokenizer, counts, corpus, 16, None, seed=0), axis=1)
    order = np.argsort(counts[1:]) + 1
    assert lengths[0] == 0.0
    assert np.all(np.diff(lengths[order]) <= 1e-6)


def test_dictionary_english_uses_the_senses_of_each_word(corpus: reading.Corpus, tokenizer: Any) -> None:
    glossary = pairs.make_glossary(corpus, tokenizer)
    ids = pairs.token_rows(tokenizer, ["图书馆 医院"])[0]
    english = glossary.english(ids, np.random.default_rng(0))
    words = [tokenizer.id_to_token(int(row)) for row in english]
    assert {"library", "hospital"} <= set(words)
    assert all(word.isascii() for word in words)


def test_every_query_of_a_batch_stands_beside_its_own_document(corpus: reading.Corpus, tokenizer: Any) -> None:
    glossary, groups = pairs.make_glossary(corpus, tokenizer), pairs.make_groups(corpus, tokenizer)
    parallel = [group for group in groups if group.name == "parallel"]
    known = {(q.tobytes(), d.tobytes()) for q, d in zip(parallel[0].queries, parallel[0].documents, strict=True)}
    batch = pairs.draw(parallel, glossary, 16, np.random.default_rng(1), 0.0)
    for query, document in zip(batch.queries, batch.documents, strict=True):
        assert {(query.tobytes(), document.tobytes()), (document.tobytes(), query.tobytes())} & known


def test_batches_depend_on_their_random_numbers_alone(corpus: reading.Corpus, tokenizer: Any) -> None:
    glossary, groups = pairs.make_glossary(corpus, tokenizer), pairs.make_groups(corpus, tokenizer)
    first, second = (pairs.draw(groups, glossary, 8, np.random.default_rng([7, 3]), 0.5) for _ in range(2))
    assert [ids.tolist() for ids in first.queries] == [ids.tolist() for ids in second.queries]
    assert [ids.tolist() for ids in first.documents] == [ids.tolist() for ids in second.documents]


def test_neighbours_stand_side_by_side_in_their_source() -> None:
    chosen = np.sort(pairs._neighbours(5000, 240, np.random.default_rng(0)))
    assert len(set(chosen.tolist())) == len(chosen) <= 240
    assert (np.diff(chosen) == 1).mean() > 0.9
    assert pairs._neighbours(5, 240, np.random.default_rng(0)).max() < 5


def tiny_batch() -> pairs.Batch:
    rows = [[1, 2], [3], [4, 5, 5]], [[1, 6, 2], [3, 7], [5, 8, 9, 4]]
    queries, documents = ([np.array(ids, np.int32) for ids in side] for side in rows)
    return pairs.Batch(queries, documents, np.array([[0, 0], [1, 1], [2, 1]]))


def cross_entropy(scores: npt.NDArray[np.float64], same: npt.NDArray[np.bool_]) -> float:
    losses = []
    for row in range(len(scores)):
        others = [c for c in range(len(scores)) if c == row or not same[row, c]]
        losses.append(np.log(np.exp(scores[row, others]).sum()) - scores[row, row])
    return float(np.mean(losses))


class TableEncoder:
    """An encoder over a table in memory, as far as late interaction needs one."""

    has_tokens, name, fingerprint = True, "table", ""

    def __init__(self, table: npt.NDArray[np.float32]) -> None:
        self.table, self.dim = table, table.shape[1]

    def token_vectors(self, ids: npt.ArrayLike) -> npt.NDArray[np.float32]:
        return np.asarray(self.table[np.asarray(ids, np.int64)], np.float32)

    def cosines(self, ids: npt.ArrayLike, directions: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.asarray(unit(self.token_vectors(ids)) @ directions.T, np.float32)


def rooted_sum(table: npt.NDArray[np.float32], ids: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    counts = {token: ids.tolist().count(token) for token in ids.tolist()}
    return np.sum([times**0.5 * table[token].astype(np.float64) for token, times in counts.items()], axis=0)


def test_the_loss_follows_its_definition() -> None:
    table = np.random.default_rng(5).standard_normal((10, 6)).astype(np.float32)
    batch = tiny_batch()
    tokens = objective.touched(batch)
    got = float(objective.loss(torch.from_numpy(table[tokens]), tokens, batch, late_size=3))
    same = np.array([[True, False, False], [False, True, True], [False, True, True]])
    sides = (batch.queries, batch.documents)
    queries, documents = (unit(np.stack([rooted_sum(table, ids) for ids in side])) for side in sides)
    dense = (queries @ documents.T / 0.05).astype(np.float64)
    encoder: Any = TableEncoder(table)
    late = np.stack([late_interaction(encoder, query, batch.documents) for query in batch.queries]) / np.float64(0.04)
    expected = 0.5 * (cross_entropy(dense, same) + cross_entropy(dense.T, same))
    expected += 0.7 * cross_entropy(late, same) + 0.3 * cross_entropy(late.T, same)
    assert got == pytest.approx(expected, rel=1e-4)


def test_a_step_moves_only_the_tokens_of_its_batch_and_lowers_the_loss() -> None:
    table = np.random.default_rng(5).standard_normal((12, 6)).astype(np.float32)
    state, batch = training.start(table.copy()), tiny_batch()
    before, tokens = state.vectors.clone(), objective.touched(batch)
    losses = []
    for _ in range(20):
        losses.append(training._step(state, batch, training.Settings(20, 1.0, 4e-3, 0.0, late_batch=3), 1.0))
        state.step += 1
    moved = (state.vectors != before).any(dim=1).nonzero().flatten().tolist()
    assert moved == tokens.tolist()
    assert losses[-1] < losses[0]


def test_a_stopped_training_goes_on_as_if_it_had_not_stopped(
    corpus: reading.Corpus, tokenizer: Any, tmp_path: Path
) -> None:
    glossary, groups = pairs.make_glossary(corpus, tokenizer), pairs.make_groups(corpus, tokenizer)
    table = np.random.default_rng(0).standard_normal((tokenizer.get_vocab_size(), 8)).astype(np.float32)
    settings = training.Settings(6, 60.0, 4e-3, 0.0, batch=8, late_batch=8, save_every=4)
    both = (settings, replace(settings, hard=1.0, seed=1))

    def run(state: training.State) -> npt.NDArray[np.float32]:
        return training.train(state, groups, glossary, both, tmp_path / "checkpoint", lambda _: None)

    whole = run(training.start(table.copy()))
    interrupted = training.start(table.copy())
    with pytest.raises(KeyboardInterrupt):
        training.train(interrupted, groups, glossary, both, tmp_path / "checkpoint", interrupt)
    resumed = run(training.load_state(tmp_path / "checkpoint"))
    np.testing.assert_allclose(whole, resumed, atol=1e-5)


def test_the_result_is_the_mean_of_both_ends(corpus: reading.Corpus, tokenizer: Any, tmp_path: Path) -> None:
    glossary, groups = pairs.make_glossary(corpus, tokenizer), pairs.make_groups(corpus, tokenizer)
    table = np.random.default_rng(0).standard_normal((tokenizer.get_vocab_size(), 8)).astype(np.float32)
    first = training.Settings(4, 60.0, 4e-3, 0.0, batch=8, late_batch=8)
    second = replace(first, rate=2e-3, seed=1)

    def ends(*phases: training.Settings) -> npt.NDArray[np.float32]:
        return training.train(training.start(table.copy()), groups, glossary, phases, tmp_path / "c", lambda _: None)

    state = training.start(table.copy())
    training.train(state, groups, glossary, (first, second), tmp_path / "c", lambda _: None)
    expected = (ends(first) + state.vectors.numpy()) / 2
    np.testing.assert_allclose(ends(first, second), expected, atol=1e-5)


def interrupt(line: str) -> None:
    """Stops the training at its first report, right after the first checkpoint."""
    raise KeyboardInterrupt(line)


def test_the_learning_rate_rises_then_falls_to_almost_nothing() -> None:
    rates = [training._rate(progress) for progress in np.linspace(0.0, 1.0, 101)]
    top = int(np.argmax(rates))
    assert 3 <= top <= 7
    assert rates[top] == pytest.approx(1.0, abs=0.05)
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] == pytest.approx(0.02, abs=1e-3)


def test_eight_bits_lose_less_than_half_a_step() -> None:
    table = np.random.default_rng(1).standard_normal((50, 16)).astype(np.float32) * 3
    table[7] = 0.0
    rows, scales = saving.quantized(table)
    assert rows.dtype == np.int8
    error = np.abs(rows.astype(np.float32) * scales[:, None] - table)
    assert np.all(error <= scales[:, None] * 0.5 + 1e-6)
    assert not rows[7].any()


@pytest.mark.parametrize(
    ("scores", "relevant", "expected"),
    [
        ([[3.0, 2.0, 1.0]], [0], 1.0),
        ([[3.0, 2.0, 1.0]], [1], 1 / np.log2(3)),
        ([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]], [2, 2], (0.5 + 1.0) / 2),
        ([[float(i) for i in range(12)]], [0], 0.0),
    ],
)
def test_ndcg_of_one_right_passage(scores: list[list[float]], relevant: list[int], expected: float) -> None:
    assert evaluation.ndcg(np.array(scores, np.float32), relevant) == pytest.approx(expected)


def test_measuring_asks_every_question_against_every_context(data: Path) -> None:
    task = evaluation.squad_task(data, "cmrc2018_trial")
    assert len(task.questions) == len(task.passages) == 4
    assert [task.passages[row][:2] for row in task.relevant] == [question[:2] for question in task.questions]
