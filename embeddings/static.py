"""A static model straight from its folder, as model2vec writes it: a tokenizer and one vector for each token.

`StaticModel.from_pretrained` and `SentenceTransformer` give the same vectors. It is read here without either: importing
one of them costs more than all the rest of a question. The weights are mapped into memory; the tokenizer is loaded only
for texts that the prepared matcher leaves to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from embeddings.errors import ModelLoadError
from embeddings.matching import Matcher, matcher_of
from embeddings.pooling import COUNTS, Vectors, bags, sums, unit
from embeddings.prepared import TOKENIZER, WEIGHTS, read_prepared, sample
from embeddings.tensors import Array, read_tensors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TokenIds = npt.NDArray[np.int32]

_BATCH = 2048
_IN_CACHE = 64  # token vectors compared at a time, so few that the processor keeps them at hand
_LANES = 8  # a product of matrices is faster with so many columns, or a multiple
_MANY = 1500  # texts from which on building a matcher takes less time than it saves


class StaticEncoder:
    """A static embedding: the vector of a text is the sum of its tokens' vectors, scaled to length one.

    A token that a text holds n times counts n times, or root of n times where the model's settings say so
    (`token_counts`). The length of a token's vector is its learned weight. Thread-safe.
    """

    has_tokens = True

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self._prepared = read_prepared(folder)
        tokens = self._prepared.tokens if self._prepared else self._tokenizer.get_vocab_size()
        self._rows, self._scales = read_table(folder, tokens)
        self._counts = token_counts(folder)
        self._seen = 0
        self.dim = int(self._rows.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the weights, the tokenizer and how repeated tokens count.

        Taken as it was written down with the model where a sample of the weights is what it was then.
        """
        if self._prepared and self._prepared.sample == sample(self.folder / WEIGHTS, self._counts):
            return self._prepared.fingerprint
        return fingerprint_of(self.folder)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """float32[n, dim]."""
        return self.encode_document(texts)

    def encode_document(self, texts: Sequence[str]) -> Vectors:
        """float32[n, dim]."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        self._seen += len(texts)
        for start in range(0, len(texts), _BATCH):
            ids = self._token_ids(texts[start : start + _BATCH])
            vectors[start : start + len(ids)] = self.pool(ids)
        return vectors

    def pool(self, ids: Sequence[TokenIds]) -> Vectors:
        """The vectors of texts whose tokens are `ids`, float32[n, dim]: what `encode_document` makes of the texts."""
        return unit(sums(bags(ids, self._counts), self.token_vectors, self.dim))

    def token_ids(self, texts: Sequence[str]) -> list[TokenIds]:
        """The tokens of each text, in order; characters unknown to the model are left out."""
        self._seen += len(texts)
        return [ids for start in range(0, len(texts), _BATCH) for ids in self._token_ids(texts[start : start + _BATCH])]

    def _token_ids(self, texts: Sequence[str]) -> list[TokenIds]:
        matcher = self._matcher if self._prepared or self._seen >= _MANY else None
        if matcher is None:
            return self._slow_ids(texts)
        flat, ends, rest = matcher.ids(texts)
        ids = [flat[first:last] for first, last in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]
        for text, found in zip(rest, self._slow_ids([texts[text] for text in rest]), strict=True):
            ids[text] = found
        return ids

    @cached_property
    def _matcher(self) -> Matcher | None:
        return self._prepared.matcher if self._prepared else matcher_of(self._tokenizer)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return read_tokenizer(self.folder)

    def _slow_ids(self, texts: Sequence[str]) -> list[TokenIds]:
        if not texts:
            return []
        unknown = self._tokenizer.token_to_id(getattr(self._tokenizer.model, "unk_token", None) or "[UNK]")
        encodings = self._tokenizer.encode_batch_fast([whole(text) for text in texts], add_special_tokens=False)
        rows = [np.array(encoding.ids, np.int32) for encoding in encodings]
        return [ids[ids != unknown] for ids in rows]

    def token_vectors(self, ids: npt.ArrayLike) -> Vectors:
        """float32[k, dim], not scaled: the length of a vector is the weight of its token."""
        rows = np.asarray(ids, np.int64)
        vectors: Vectors = self._rows[rows].astype(np.float32)
        if self._scales is not None:
            vectors *= self._scales[rows, None]
        return vectors

    def cosines(self, ids: TokenIds, directions: Vectors) -> Vectors:
        """Of the vectors of tokens with `directions`, float32[m, dim] of unit length: float32[k, m], 0 for no length.

        How long a vector is does not count, so that rows are taken as they are stored.
        """
        wide = np.zeros((-(-len(directions) // _LANES) * _LANES, directions.shape[1]), np.float32)
        wide[: len(directions)] = directions
        found = np.empty((len(ids), len(wide)), np.float32)
        for first in range(0, len(ids), _IN_CACHE):
            part = slice(first, first + _IN_CACHE)
            np.matmul(self._rows.take(ids[part], axis=0).astype(np.float32), wide.T, out=found[part])
        found *= self._shares(ids)[:, None]
        return found[:, : len(directions)]

    def _shares(self, ids: TokenIds) -> Vectors:
        """What makes a product with the row of each token a cosine: float32[k]. Worked out once for a token."""
        shares: Vectors = self._share.take(ids)
        new = np.flatnonzero(np.isnan(shares))
        for first in range(0, len(new), _IN_CACHE):
            part = new[first : first + _IN_CACHE]
            rows = self._rows.take(ids[part], axis=0).astype(np.float32)
            lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
            signs = 1 if self._scales is None else np.sign(self._scales[ids[part]])
            self._share[ids[part]] = shares[part] = signs / np.where(lengths > 0, lengths, 1)
        return shares

    @cached_property
    def _share(self) -> Vectors:
        return np.full(len(self._rows), np.nan, np.float32)


def whole(text: str) -> str:
    """`text` with "?" for halves of surrogate pairs, which come from undecodable arguments and stop the tokenizer."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def is_static(folder: Path) -> bool:
    """Whether `folder` holds one table of token vectors, which needs neither torch nor sentence-transformers."""
    files = [folder / part for part in ("modules.json", "config.json", WEIGHTS, TOKENIZER)]
    if not all(file.is_file() for file in files):
        return False
    try:
        first = json.loads(files[0].read_text(encoding="utf-8"))[0]["type"]
    except (ValueError, LookupError, TypeError) as error:
        raise ModelLoadError(f"{files[0]} is no list of modules as sentence-transformers writes it") from error
    return str(first).endswith("StaticEmbedding")


def fingerprint_of(folder: Path) -> str:
    """Hash of every byte of the weights and the tokenizer, and of how repeated tokens count."""
    counts = token_counts(folder)
    digest = hashlib.sha256(b"" if counts == COUNTS[0] else counts.encode())
    for file in (WEIGHTS, TOKENIZER):
        digest.update((folder / file).read_bytes())
    return digest.hexdigest()[:32]


def token_counts(folder: Path) -> str:
    """How often a repeated token counts, from the model's settings."""
    try:
        counts = str(json.loads((folder / "config.json").read_text(encoding="utf-8")).get("token_counts", COUNTS[0]))
    except (ValueError, AttributeError) as error:
        raise ModelLoadError(f"{folder / 'config.json'} holds no settings of a model") from error
    if counts not in COUNTS:
        raise ModelLoadError(f"{folder / 'config.json'} asks for token counts {counts}; known are {', '.join(COUNTS)}")
    return counts


def read_tokenizer(folder: Path) -> Tokenizer:
    """The model's tokenizer. Raises ModelLoadError."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # tokenizers raises no type of its own
        raise ModelLoadError(f"the model in {folder} cannot be read ({first_line(error)})") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def read_table(folder: Path, tokens: int) -> tuple[Array, Vectors | None]:
    """One row a token, and what to multiply the rows with, if anything; read-only. Raises ModelLoadError."""
    path = folder / WEIGHTS
    tensors, *_ = read_tensors(path)
    rows, scales = tensors.get("embeddings", tensors.get("embedding.weight")), tensors.get("weights")
    if rows is None or rows.ndim != 2 or "mapping" in tensors:
        raise ModelLoadError(f"{path} holds no table with one row for each token")
    if len(rows) != tokens or (scales is not None and scales.shape != rows.shape[:1]):
        raise ModelLoadError(f"{folder} holds {len(rows)} vectors for {tokens} tokens")
    return rows, scales


def first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
