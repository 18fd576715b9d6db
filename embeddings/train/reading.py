"""The training data: a folder of gzip files read into plain lists of text. Which file holds what: see SOURCES."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

GREY = ("cail", "covid", "csts", "kylebing", "nlpcc", "qbqtc", "wmt", "xwlb")
_PARENTHESES = re.compile(r"\([^()]*\)|（[^（）]*）|\[[^\[\]]*\]|\{[^{}]*\}")
_BROADCAST = re.compile(r"^.{0,20}消息\s*[(（]新闻联播[)）]\s*[:：]?\s*(?:本台消息[,，]?)?")
_REFERENCE = re.compile(r"CL:|(old |Japanese )?variant of|see |surname |abbr\.|classifier |used in |erhua ")
_VIDEO = re.compile(r"[\[【]视频[\]】]")


@dataclass
class Corpus:
    """Everything to learn from. Pairs are (query, document); `glosses` maps a Chinese word to its English senses.

    `questions` hold a third text, where the document comes from: two parts of one text are no wrong answers.
    """

    glosses: dict[str, list[str]] = field(default_factory=dict)
    pinyin: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    lexicon: list[tuple[str, str]] = field(default_factory=list)
    parallel: list[tuple[str, str]] = field(default_factory=list)
    questions: list[tuple[str, str, str]] = field(default_factory=list)
    paraphrases: list[tuple[str, str]] = field(default_factory=list)
    articles: list[tuple[str, str]] = field(default_factory=list)


def read_corpus(folder: Path, without: Iterable[str] = (), limit: int | None = None) -> Corpus:
    """All of `folder` but the sources named in `without`, at most `limit` rows a file.

    Raises FileNotFoundError when the dictionary, on which all else builds, is missing.
    """
    corpus = Corpus()
    if not (folder / "cedict.tsv.gz").is_file():
        raise FileNotFoundError(f"{folder} holds no cedict.tsv.gz; --data names the folder with the training data")
    for name, read in SOURCES.items():
        if name not in without:
            read(corpus, folder, limit)
    return corpus


def table(folder: Path, name: str, limit: int | None = None) -> list[list[str]]:
    """Rows of `name`.tsv.gz; none when there is no such file."""
    path = folder / f"{name}.tsv.gz"
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return rows[:limit]


def objects(folder: Path, name: str, limit: int | None = None) -> list[dict[str, Any]]:
    """Objects of `name`.jsonl.gz; none when there is no such file."""
    path = folder / f"{name}.jsonl.gz"
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file][:limit]


def squad(folder: Path, name: str, limit: int | None = None) -> Iterator[tuple[str, str, int]]:
    """(question, context, offset of the answer) of every answerable question."""
    for row in objects(folder, name, limit):
        for question in row["qas"]:
            if question.get("answers") and not question.get("impossible"):
                yield question["question"], row["context"], question["answers"][0]["start"]


def window(text: str, offset: int, size: int) -> str:
    """About `size` characters of `text` around `offset`, begun after a full stop where there is one."""
    start = max(0, min(offset - size // 2, len(text) - size))
    stop = text.rfind("。", max(0, start - size // 4), start) + 1
    return text[stop or start : (stop or start) + size + size // 4]


def senses(gloss: str) -> list[str]:
    """English senses of one dictionary entry, without notes, variants and classifiers."""
    parts = [_PARENTHESES.sub(" ", part) for part in re.split(r"[/;]", gloss)]
    told = (part.strip().removeprefix("to ") for part in parts if not _REFERENCE.match(part))
    return [part for part in dict.fromkeys(told) if 0 < len(part) <= 60]


def _cedict(corpus: Corpus, folder: Path, limit: int | None) -> None:
    for simplified, _, pinyin, gloss in table(folder, "cedict", limit):
        word = simplified.lower()
        corpus.pinyin[word] = re.sub(r"[\d\s:,·]", "", pinyin).lower()
        corpus.glosses[word] = list(dict.fromkeys([*corpus.glosses.get(word, []), *senses(gloss)]))
    corpus.glosses = {word: glosses for word, glosses in corpus.glosses.items() if glosses}
    corpus.words += list(corpus.glosses)
    corpus.lexicon += [(gloss, word) for word, glosses in corpus.glosses.items() for gloss in glosses]


def _wiktionary(corpus: Corpus, folder: Path, limit: int | None) -> None:
    for english, chinese in inverted_wiktionary(folder, limit):
        corpus.lexicon.append((english, chinese))
        corpus.words.append(chinese)


def inverted_wiktionary(folder: Path, limit: int | None = None) -> Iterator[tuple[str, str]]:
    """(English word, Chinese word) for each translation of Wiktionary."""
    for english, chinese in table(folder, "wiktionary_en_zh", limit):
        word = _PARENTHESES.sub(" ", english).strip()
        for part in _PARENTHESES.sub("", chinese).split(","):
            translation = re.sub(r"/[^/]*/", "", part).strip()
            if word and re.fullmatch(r"[\u4e00-\u9fff]+", translation):
                yield word, translation


def _names(corpus: Corpus, folder: Path, limit: int | None) -> None:
    corpus.words += [row[0] for row in table(folder, "thuocl_places", limit)]
    corpus.words += [row[1] for row in table(folder, "admin_divisions", limit)]


def _synonyms(corpus: Corpus, folder: Path, limit: int | None) -> None:
    for row in table(folder, "cilin", limit):
        corpus.words += row
        corpus.lexicon += [(first, second) for first, second in pairwise(row) if len(second) > 1]
    corpus.paraphrases += [(row[0], row[1]) for row in table(folder, "abbreviations", limit)]


def _parallel(name: str) -> Any:
    def read(corpus: Corpus, folder: Path, limit: int | None) -> None:
        corpus.parallel += [(row[0], row[1]) for row in table(folder, name, limit)]

    return read


def _wmt(corpus: Corpus, folder: Path, limit: int | None) -> None:
    corpus.parallel += [(row[0], row[1]) for row in wmt(folder, limit)[0]]


def wmt(folder: Path, limit: int | None = None) -> tuple[list[list[str]], list[list[str]]]:
    """News sentences in both languages: all but the last tenth for training, the last tenth for measuring."""
    rows = table(folder, "wmt_news_en_zh", limit)
    return rows[: len(rows) * 9 // 10], rows[len(rows) * 9 // 10 :]


def _kylebing(corpus: Corpus, folder: Path, limit: int | None) -> None:
    for kind, english, chinese in table(folder, "kylebing_en_zh", limit):
        if kind == "s":
            corpus.parallel.append((english, chinese))
        else:
            word = _PARENTHESES.sub("", english).strip()
            parts = re.split(r"[；;，,、]", _PARENTHESES.sub("", chinese))
            corpus.lexicon += [(word, part.strip()) for part in parts[:3] if part.strip()]


def _squad(name: str) -> Any:
    def read(corpus: Corpus, folder: Path, limit: int | None) -> None:
        for question, context, offset in squad(folder, name, limit):
            corpus.questions += [(question, window(context, offset, size), context) for size in (240, 480)]

    return read


def _pairs(name: str) -> Any:
    def read(corpus: Corpus, folder: Path, limit: int | None) -> None:
        rows = [(row[0], row[1].replace("|||", " ")) for row in table(folder, name, limit) if len(row) > 1]
        corpus.paraphrases += rows

    return read


def _news(corpus: Corpus, folder: Path, limit: int | None) -> None:
    for row in objects(folder, "xwlb_news", limit):
        title = _VIDEO.sub("", row["title"]).strip()
        body = _BROADCAST.sub("", row["body"]).strip()
        if len(body) >= 60:
            corpus.articles.append((title, body))
        corpus.words += [tag for tag in row["tags"] if re.fullmatch(r"[\u4e00-\u9fff]{2,3}", tag)]


def _laws(corpus: Corpus, folder: Path, limit: int | None) -> None:
    for row in objects(folder, "laws_sample", limit):
        corpus.articles.append((f"{row['law']} {row['chapter']}", row["text"]))


def _reports(corpus: Corpus, folder: Path, limit: int | None) -> None:
    for row in objects(folder, "government_work_reports", limit):
        paragraphs = [part.strip() for part in row["content"].split("\n") if len(part.strip()) >= 60]
        corpus.articles += [(row["title"], part) for part in paragraphs]


SOURCES = {
    "cedict": _cedict,
    "wiktionary": _wiktionary,
    "names": _names,
    "cilin": _synonyms,
    "tatoeba": _parallel("tatoeba_en_zh"),
    "python": _parallel("python_docs_en_zh"),
    "wmt": _wmt,
    "kylebing": _kylebing,
    "cmrc": _squad("cmrc2018_train"),
    "drcd": _squad("drcd_dev"),
    "cail": _squad("cail2019_dev"),
    "nlpcc": _pairs("nlpcc_kbqa"),
    "covid": _pairs("covid_policy_qa"),
    "csts": _pairs("csts_positive"),
    "qbqtc": _pairs("qbqtc_positive"),
    "xwlb": _news,
    "laws": _laws,
    "reports": _reports,
}
