"""The tokenizer: longest-match words, Chinese and English in one vocabulary, chosen by how often they are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Tokenizer, models, pre_tokenizers

from embeddings.train.normalizer import folding
from embeddings.train.reading import Corpus

UNKNOWN = "[UNK]"
_LONGEST_WORD = 4
_LONGEST_RUN = 64
_ENGLISH_SHARE = 0.38


def word_tokenizer(words: Iterable[str], fold: bool = True) -> Tokenizer:
    """Forward maximum matching over `words`: WordPiece whose continuing pieces look like any other.

    Without `fold` the texts must come folded.
    """
    vocabulary = {UNKNOWN: 0}
    for word in words:
        vocabulary.setdefault(word, len(vocabulary))
    model = models.WordPiece(
        vocabulary, unk_token=UNKNOWN, continuing_subword_prefix="", max_input_chars_per_word=_LONGEST_RUN
    )
    tokenizer = Tokenizer(model)
    if fold:
        tokenizer.normalizer = folding({word for word in vocabulary if len(word) == 1})
    # A run longer than WordPiece takes would be lost as one unknown token.
    split = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.FixedLength(length=_LONGEST_RUN)]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(split)
    return tokenizer


def choose_tokenizer(corpus: Corpus, size: int, english: Sequence[str] = ()) -> tuple[Tokenizer, list[int]]:
    """A tokenizer of at most `size` tokens and how often each was seen in the corpus.

    Chinese words are those of the dictionaries, English ones those of the corpus and of `english` (most frequent
    first); each language keeps the words used most, and every character and letter seen stays.
    """
    normalize = folding().normalize_str
    chinese_texts = [normalize(text) for text in _chinese_texts(corpus)]
    english_texts = [normalize(text) for text in _english_texts(corpus)]
    characters = [token for token, _ in Counter("".join(chinese_texts + english_texts)).most_common() if token.strip()]
    chinese = {"".join(normalize(word).split()) for word in corpus.words}
    chinese = {word for word in chinese if 2 <= len(word) <= _LONGEST_WORD and not word.isascii()}
    chinese_counts = _usage(chinese_texts, [*characters, *sorted(chinese)])
    english_counts = Counter(word for text in english_texts for word in text.split() if word.isascii())
    for rank, word in enumerate(english):
        english_counts[word] += 40_000 // (rank + 2_000)
    ascii_size = int(size * _ENGLISH_SHARE)
    kept = dict.fromkeys(characters[: size // 4])
    kept |= dict.fromkeys(word for word, _ in english_counts.most_common(ascii_size))
    kept |= dict.fromkeys(word for word, _ in chinese_counts.most_common())
    words = list(kept)[: size - 1]
    tokenizer = word_tokenizer(words)
    used = _usage(chinese_texts + english_texts, words)
    return tokenizer, [used[token] for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]


def _usage(texts: Sequence[str], words: Sequence[str]) -> Counter[str]:
    tokenizer = word_tokenizer(words, fold=False)
    counts: Counter[int] = Counter()
    for start in range(0, len(texts), 1000):
        for encoding in tokenizer.encode_batch_fast(texts[start : start + 1000], add_special_tokens=False):
            counts.update(encoding.ids)
    tokens = {row: token for token, row in tokenizer.get_vocab().items()}
    return Counter({tokens[row]: count for row, count in counts.items() if row})


def _chinese_texts(corpus: Corpus) -> list[str]:
    texts = [chinese for _, chinese in corpus.parallel]
    texts += [part for row in [*corpus.questions, *corpus.paraphrases] for part in row[:2]]
    return texts + [f"{title} {text[:500]}" for title, text in corpus.articles]


def _english_texts(corpus: Corpus) -> list[str]:
    return [english for english, _ in corpus.parallel] + [english for english, _ in corpus.lexicon]
