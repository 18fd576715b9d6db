"""What the model learns from: pairs of token rows, a query and the document that belongs to it, in either language."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from embeddings.train.reading import Corpus

Ids = npt.NDArray[np.int32]

_LONGEST_QUERY = 40
_LONGEST_DOCUMENT = 150
_SENSES = 3
_RUN = 24  # neighbours in a row
_FUNCTION_WORDS = "the of a in to and is was did does for on by at with that it as from were are an"
# How often a pair of Chinese texts is shown as (query, document) in Chinese or in dictionary English.
_LANGUAGES = (("zh", "zh", 0.45), ("en", "zh", 0.30), ("zh", "en", 0.08), ("en", "en", 0.17))


@dataclass(frozen=True)
class Group:
    """Pairs of one kind; the batches are drawn from one group each, so that the negatives are of the same kind.

    `kind`: "chinese" (may be shown in dictionary English), "articles" (a title and a text to cut from) or "plain"
    (shown as it is, in both directions). `share` is the part of all batches, `keys` tell queries and documents apart.
    """

    name: str
    kind: str
    share: float
    queries: list[Ids]
    documents: list[Ids]
    keys: list[tuple[int, int]]


@dataclass(frozen=True)
class Batch:
    """Rows belong together; two rows of the same query or document key, int64[n, 2], are no negatives of each other."""

    queries: list[Ids]
    documents: list[Ids]
    keys: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Glossary:
    """English token rows for each Chinese token: up to three senses."""

    senses: dict[int, list[Ids]]
    function_words: Ids

    def english(self, ids: Ids, random: np.random.Generator) -> Ids:
        """`ids` in English, word by word, a sense at random each, with some function words between."""
        picks = random.integers(0, 12, len(ids))
        noise = random.integers(0, 10 * max(1, len(self.function_words)), len(ids))
        parts: list[Ids] = []
        for token, pick, word in zip(ids.tolist(), picks.tolist(), noise.tolist(), strict=True):
            found = self.senses.get(token)
            if found:
                parts.append(found[pick % len(found)])
            if word < len(self.function_words):
                parts.append(self.function_words[word : word + 1])
        return np.concatenate(parts) if parts else ids


def make_glossary(corpus: Corpus, tokenizer: Tokenizer) -> Glossary:
    """Senses of every Chinese token that the dictionary knows; a token without senses is shown as its pinyin."""
    words: list[tuple[int, str]] = []
    for token, row in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]):
        senses = corpus.glosses.get(token, [])[:_SENSES]
        if len(token) == 1 and token in corpus.pinyin:
            senses = [*senses[:2], corpus.pinyin[token]]
        if not token.isascii():
            words += [(row, sense) for sense in senses if sense]
    found: dict[int, list[Ids]] = {}
    for (row, _), ids in zip(words, token_rows(tokenizer, [sense for _, sense in words]), strict=True):
        if 0 < len(ids) <= 8:
            found.setdefault(row, []).append(ids)
    return Glossary(found, token_rows(tokenizer, [_FUNCTION_WORDS])[0])


def token_rows(tokenizer: Tokenizer, texts: Sequence[str], longest: int = 800) -> list[Ids]:
    """Token rows of each text, without the unknown token, at most `longest`."""
    rows: list[Ids] = []
    for start in range(0, len(texts), 2000):
        encodings = tokenizer.encode_batch_fast(list(texts[start : start + 2000]), add_special_tokens=False)
        encoded = (np.array(encoding.ids[:longest], np.int32) for encoding in encodings)
        rows += [ids[ids > 0] for ids in encoded]
    return rows


def make_groups(corpus: Corpus, tokenizer: Tokenizer) -> list[Group]:
    """All pairs of the corpus, as token rows; empty ones are left out."""
    plan: list[tuple[str, str, float, Sequence[tuple[str, ...]]]] = [
        ("questions", "chinese", 0.27, corpus.questions),
        ("contexts", "articles", 0.08, list({row[2]: (row[0], row[2]) for row in corpus.questions}.values())),
        ("articles", "articles", 0.30, corpus.articles),
        ("parallel", "plain", 0.22, corpus.parallel),
        ("lexicon", "plain", 0.10, corpus.lexicon),
        ("paraphrases", "chinese", 0.08, corpus.paraphrases),
    ]
    groups = [_group(name, kind, share, pairs, tokenizer) for name, kind, share, pairs in plan]
    return [group for group in groups if len(group.queries) > 1]


def _group(name: str, kind: str, share: float, pairs: Sequence[tuple[str, ...]], tokenizer: Tokenizer) -> Group:
    queries = token_rows(tokenizer, [pair[0][:400] for pair in pairs])
    documents = token_rows(tokenizer, [pair[1][:1500] for pair in pairs])
    keys = [(zlib.crc32(pair[0].encode()), zlib.crc32(pair[-1].encode())) for pair in pairs]
    kept = [i for i, both in enumerate(zip(queries, documents, strict=True)) if len(both[0]) and len(both[1])]
    return Group(name, kind, share, [queries[i] for i in kept], [documents[i] for i in kept], [keys[i] for i in kept])


def draw(groups: Sequence[Group], glossary: Glossary, size: int, random: np.random.Generator, hard: float) -> Batch:
    """At most `size` pairs of one group, chosen by its share; with probability `hard` neighbours from the sources.

    Neighbours are of one topic, day, article or letter of the dictionary, so they are hard negatives of each other.
    """
    shares = np.array([group.share for group in groups])
    group = groups[random.choice(len(groups), p=shares / shares.sum())]
    chosen = _neighbours(len(group.queries), size, random) if random.random() < hard else np.zeros(0, np.int64)
    if not len(chosen):
        chosen = random.choice(len(group.queries), min(size, len(group.queries)), replace=False)
    pairs = [_shown(group, int(i), glossary, random) for i in chosen]
    queries = [query[:_LONGEST_QUERY] for query, _ in pairs]
    documents = [document[:_LONGEST_DOCUMENT] for _, document in pairs]
    return Batch(queries, documents, np.array([group.keys[i] for i in chosen], np.int64))


def _neighbours(count: int, size: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    starts = random.integers(0, count, max(1, size // _RUN))
    return random.permutation(np.unique((starts[:, None] + np.arange(_RUN)) % count))[:size]


def _shown(group: Group, row: int, glossary: Glossary, random: np.random.Generator) -> tuple[Ids, Ids]:
    query, document = group.queries[row], group.documents[row]
    if group.kind == "plain":
        return (query, document) if random.random() < 0.6 else (document, query)
    if group.kind == "articles":
        query, document = _cut(query, document, random)
    query_language, document_language = _languages(random)
    if query_language == "en":
        query = glossary.english(query[:_LONGEST_QUERY], random)
    if document_language == "en":
        document = glossary.english(document[:_LONGEST_DOCUMENT], random)
    return _thinned(query, random), document


def _languages(random: np.random.Generator) -> tuple[str, str]:
    chosen = random.choice(len(_LANGUAGES), p=[share for _, _, share in _LANGUAGES])
    return _LANGUAGES[chosen][0], _LANGUAGES[chosen][1]


def _cut(title: Ids, text: Ids, random: np.random.Generator) -> tuple[Ids, Ids]:
    """A window of the text with the title, or with a clause of its own, which half the time is taken out of it.

    The clause is the inverse cloze task of Lee, Chang and Toutanova (2019).
    """
    size = int(random.integers(60, _LONGEST_DOCUMENT))
    start = int(random.integers(0, max(1, len(text) - size + 1)))
    window = text[start : start + size]
    if random.random() < 0.4 or len(window) < 30:
        return title, text[:size] if random.random() < 0.5 else window
    length = int(random.integers(5, 18))
    at = int(random.integers(0, len(window) - length))
    clause = window[at : at + length]
    return clause, np.concatenate([window[:at], window[at + length :]]) if random.random() < 0.5 else window


def _thinned(ids: Ids, random: np.random.Generator) -> Ids:
    """`ids` without a tenth of them, as questions never say everything."""
    kept = ids[random.random(len(ids)) > 0.1]
    return kept if len(kept) else ids
