"""Learning how foreign questions are ranked: what is asked, what is learned from it, and what the command prints."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from embeddings import load_encoder
from qa import metrics
from qa.benchmark import fusion
from qa.benchmark.fusion import Case, Sought, as_table, by_dictionary, cases, crowd, fit, gain, halves, joined, news
from qa.fusion import Asked, evidence

TOPICS = {
    "flood": ("洪水", "连日大雨使河水上涨,洪水淹没了下游的三个村庄,居民被转移到学校。"),
    "bank": ("银行", "中央银行宣布下调贷款利率,以支持小企业。"),
    "vaccine": ("疫苗", "医院开始为六岁以下的儿童接种疫苗。"),
    "earthquake": ("地震", "昨夜发生地震,震中位于山区,没有人员伤亡。"),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    def write(name: str, text: str) -> None:
        with gzip.open(tmp_path / name, "wt", encoding="utf-8") as file:
            file.write(text)

    glosses = [f"{word}\t{word}\tpin1\t{english}\n" for english, (word, _) in TOPICS.items()]
    write("cedict.tsv.gz", "".join(glosses))
    pairs = [
        f"the {word} of day {i} was told to all people there\t{i}日的{zh}"
        for i in range(30)
        for word, (zh, _) in TOPICS.items()
    ]
    write("wmt_news_en_zh.tsv.gz", "\n".join(pairs) + "\n")
    squads = []
    for word, text in TOPICS.values():
        question = {"id": "1", "question": f"{word}怎么了", "answers": [{"text": word, "start": text.index(word)}]}
        squads.append(json.dumps({"context": text, "qas": [question]}, ensure_ascii=False) + "\n")
    write("cmrc2018_trial.jsonl.gz", "".join(squads))
    story = {"title": "题目", "body": "会议在北京举行,代表们讨论了明年的计划。" * 40}
    write("xwlb_news.jsonl.gz", json.dumps(story, ensure_ascii=False) + "\n")
    return tmp_path


def test_every_second_time_four_sentences_are_one_passage(data: Path) -> None:
    sought = news(data, 0)
    assert len(sought.passages) == 1 + 4 + 1 and len(sought.asked) == 2 * 12
    for kind, question, place in sought.asked:
        day = question.split(" day ")[1].split()[0]
        assert kind in {"English sentences", "English parts"}
        assert f"{day}日的" in sought.passages[place]
    assert {place for *_, place in sought.asked} == set(range(6))
    assert all(question.isascii() for _, question, _ in sought.asked)


def test_the_other_way_round_chinese_looks_for_english(data: Path) -> None:
    sought = news(data, 1)
    assert all(passage.isascii() for passage in sought.passages)
    assert {kind for kind, *_ in sought.asked} == {"Chinese sentences", "Chinese parts"}


def test_questions_by_dictionary_keep_their_passage(data: Path) -> None:
    sought = by_dictionary(data)
    for _, question, place in sought.asked:
        word = next(word for word in TOPICS if word in question)
        assert sought.passages[place] == TOPICS[word][1]


def test_whole_sentences_look_among_all_translations_and_among_some(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fusion, "_SINGLE", 5)
    for asked in (0, 1):
        collections = list(fusion.single_sentences(data, asked))
        assert [len(one.passages) for one in collections] == [12, 5, 5]
        assert {kind.split(", ")[1] for kind, *_ in collections[0].asked} == {"all single"}
        for one in collections:
            assert [place for *_, place in one.asked] == list(range(len(one.passages)))
            for _, question, place in one.asked:
                english, chinese = (question, one.passages[place])[:: -1 if asked else 1]
                word = next(word for word in TOPICS if word in english)
                assert english.endswith("all people there") and chinese.endswith(f"日的{TOPICS[word][0]}")


def test_joined_collections_keep_the_places_of_what_is_right() -> None:
    one, other = Sought(["a", "b"], [("x", "?", 1)]), Sought(["c"], [("y", "!", 0)])
    whole = joined(one, other)
    assert whole.passages == ["a", "b", "c"]
    assert whole.asked == [("x", "?", 1), ("y", "!", 2)]
    assert (one.passages, other.asked) == (["a", "b"], [("y", "!", 0)])


def test_the_crowd_has_as_many_passages_of_whole_sentences_as_are_asked_for(data: Path) -> None:
    found = list(crowd(data / "xwlb_news.jsonl.gz", 7))
    assert len(found) == 7
    assert all(240 <= len(passage) < 300 and passage.endswith("。") for passage in found)


def test_what_is_found_for_a_question_has_all_scores_of_its_candidates(data: Path) -> None:
    encoder, sought = load_encoder(), by_dictionary(data)
    for case, (kind, question, place) in zip(cases(encoder, sought, ["别的消息。"]), sought.asked, strict=True):
        assert case.kind == kind and case.asked.passages == 5
        assert case.asked.tokens == len(encoder.token_ids([question])[0])
        assert set(case.scores) == {"dense", "late", "sparse"}
        assert case.right.tolist() == [row == place for row in range(5)]
        wanted = encoder.encode_document([*sought.passages, "别的消息。"]) @ encoder.encode_query([question])[0]
        assert case.scores["dense"] == pytest.approx(wanted, abs=1e-5)
        assert case.lengths == [len(ids) for ids in encoder.token_ids([*sought.passages, "别的消息。"])]


@pytest.mark.parametrize("seed", range(5))
def test_the_gain_agrees_with_the_measure_of_evaluate(seed: int) -> None:
    chance = np.random.default_rng(seed)
    scores, right = chance.random(30).astype(np.float32), np.arange(30) == chance.integers(30)
    assert gain(scores, right) == pytest.approx(metrics.ndcg([float(right[row]) for row in np.argsort(-scores)], [1.0]))
    assert gain(scores, np.zeros(30, bool)) == 0


def made_up(seed: int, telling: str, kind: str = "made up") -> Case:
    """Twelve candidates of which the right one is best by the score that is telling."""
    chance = np.random.default_rng(seed)
    scores = {name: chance.random(12).astype(np.float32) for name in ("dense", "late", "sparse")}
    return Case(kind, Asked(0.1, 10, 1000), scores, [20] * 12, np.arange(12) == scores[telling].argmax())


def test_halves_take_two_and_two_of_each_kind() -> None:
    found = [made_up(n, "dense", kind) for n in range(8) for kind in ("a", "b")]
    lessons, measured = halves(found)
    assert lessons == [found[n] for n in (0, 1, 2, 3, 8, 9, 10, 11)]
    assert len(measured) == 8 and not any(one is other for one in lessons for other in measured)


@pytest.mark.parametrize("telling", ["dense", "late"])
def test_the_network_learns_which_score_tells(telling: str) -> None:
    judge = fit([made_up(n, telling) for n in range(60)], steps=150)
    others = [made_up(n, telling) for n in range(100, 140)]
    first = [judge.scores(evidence(one.scores, one.asked, one.lengths)).argmax() for one in others]
    assert np.mean([one.right[place] for one, place in zip(others, first, strict=True)]) > 0.9


def test_the_same_seed_gives_the_same_network() -> None:
    lessons = [made_up(n, "late") for n in range(20)]
    one, other = (fit(lessons, seed=4, steps=20) for _ in range(2))
    assert all(np.array_equal(table, vars(other)[name]) for name, table in vars(one).items())


def test_the_table_has_a_line_for_each_kind() -> None:
    found = [made_up(n, "dense", kind) for n in range(4) for kind in ("a", "b")]
    lines = as_table(found, fit(found, steps=10)).splitlines()
    assert [line.split(" | ")[:3] for line in lines[2:]] == [["| a", "4", "1.000"], ["| b", "4", "1.000"]]


def test_the_command_measures_small_collections_and_the_crowded_one(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fusion.main(["--data", str(data), "--others", "20", "--dry"]) == 0
    kinds = [line.split(" | ")[0][2:] for line in capsys.readouterr().out.splitlines()[2:]]
    assert "English sentences" in kinds and "English sentences, among 20 others" in kinds
    assert "Chinese parts" in kinds and "Chinese parts, among 20 others" not in kinds


def test_a_folder_without_the_sets_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fusion.main(["--data", str(tmp_path), "--dry"]) == 1
    assert "holds none of" in capsys.readouterr().err
