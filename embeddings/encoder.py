"""Text -> unit vectors: a static model straight from its folder, any other through sentence-transformers.

A static model lies in a folder as model2vec writes it: `StaticModel.from_pretrained` and `SentenceTransformer` give the
same vectors. It is read here with `tokenizers` and `safetensors` alone: importing either of the two costs more than all
the rest of a question.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from embeddings.matching import Matcher, matcher_of
from embeddings.pooling import COUNTS, bags, sums

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]
TokenIds = npt.NDArray[np.int32]

BUNDLED = Path(__file__).parent / "bundled"
_BATCH = 2048
_MANY = 1500  # texts from which on building a matcher takes less time than it saves


class ModelLoadError(Exception):
    """A model cannot be loaded or does not fit. Its text is one clear sentence."""


class Encoder(Protocol):
    """What every model gives: rows of unit length (zero for an empty text), one for each text, in order.

    `fingerprint` names the exact weights and tokenizer. `has_tokens` says whether single tokens have vectors of
    their own; without it `token_ids`, `token_vectors` and `pool` raise ModelLoadError.
    """

    @property
    def name(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def has_tokens(self) -> bool: ...
    def encode_query(self, texts: Sequence[str]) -> Vectors: ...
    def encode_document(self, texts: Sequence[str]) -> Vectors: ...
    def token_ids(self, texts: Sequence[str]) -> list[TokenIds]: ...
    def token_vectors(self, ids: npt.ArrayLike) -> Vectors: ...
    def pool(self, ids: Sequence[TokenIds]) -> Vectors: ...


def load_encoder(name: str | None = None) -> Encoder:
    """The bundled model (None), a folder, or a model of the Hugging Face hub by name.

    Raises ModelLoadError when there is no such model or it cannot be read.
    """
    folder = BUNDLED if name is None else Path(name)
    if _is_static(folder):
        return StaticEncoder("bundled" if name is None else name, folder)
    if name is None:
        raise ModelLoadError(f"the bundled model is missing from {folder}; install the package again")
    if not folder.is_dir() and (folder.is_absolute() or name.startswith(".")):
        raise ModelLoadError(f"there is no folder {name}; give a folder with a model or the name of one on the hub")
    return TransformerEncoder(name)


def _is_static(folder: Path) -> bool:
    """Whether `folder` holds one table of token vectors, which needs neither torch nor sentence-transformers."""
    files = [folder / part for part in ("modules.json", "config.json", "model.safetensors", "tokenizer.json")]
    if not all(file.is_file() for file in files):
        return False
    try:
        first = json.loads(files[0].read_text(encoding="utf-8"))[0]["type"]
    except (ValueError, LookupError, TypeError) as error:
        raise ModelLoadError(f"{files[0]} is no list of modules as sentence-transformers writes it") from error
    return str(first).endswith("StaticEmbedding")


def unit(vectors: npt.NDArray[Any]) -> Vectors:
    """Rows scaled to length one; rows of length zero, or with numbers that are none, become zero."""
    rows = np.nan_to_num(vectors.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return scaled


class StaticEncoder:
    """A static embedding: the vector of a text is the sum of its tokens' vectors, scaled to length one.

    A token that a text holds n times counts n times, or root of n times where the model's settings say so
    (`token_counts`). The length of a token's vector is its learned weight. Thread-safe.
    """

    has_tokens = True

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._tokenizer, self._rows, self._scales = read_static(folder)
        self._counts = _counts(folder)
        self._unknown = self._tokenizer.token_to_id(getattr(self._tokenizer.model, "unk_token", None) or "[UNK]")
        self._seen = 0
        self.dim = int(self._rows.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the weights, the tokenizer and how repeated tokens count."""
        digest = hashlib.sha256(b"" if self._counts == COUNTS[0] else self._counts.encode())
        for file in ("model.safetensors", "tokenizer.json"):
            digest.update((self._folder / file).read_bytes())
        return digest.hexdigest()[:32]

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
        matcher = self._matcher if self._seen >= _MANY else None
        if matcher is None:
            return self._slow_ids(texts)
        flat, ends, rest = matcher.ids(texts)
        ids = [flat[first:last] for first, last in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]
        for text, found in zip(rest, self._slow_ids([texts[text] for text in rest]), strict=True):
            ids[text] = found
        return ids

    @cached_property
    def _matcher(self) -> Matcher | None:
        return matcher_of(self._tokenizer)

    def _slow_ids(self, texts: Sequence[str]) -> list[TokenIds]:
        encodings = self._tokenizer.encode_batch_fast([_whole(text) for text in texts], add_special_tokens=False)
        rows = [np.array(encoding.ids, np.int32) for encoding in encodings]
        return [ids[ids != self._unknown] for ids in rows]

    def token_vectors(self, ids: npt.ArrayLike) -> Vectors:
        """float32[k, dim], not scaled: the length of a vector is the weight of its token."""
        rows = np.asarray(ids, np.int64)
        vectors: Vectors = self._rows[rows].astype(np.float32)
        if self._scales is not None:
            vectors *= self._scales[rows, None]
        return vectors


def _whole(text: str) -> str:
    """`text` with "?" for halves of surrogate pairs, which come from undecodable arguments and stop the tokenizer."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _counts(folder: Path) -> str:
    """How often a repeated token counts, from the model's settings."""
    try:
        counts = str(json.loads((folder / "config.json").read_text(encoding="utf-8")).get("token_counts", COUNTS[0]))
    except (ValueError, AttributeError) as error:
        raise ModelLoadError(f"{folder / 'config.json'} holds no settings of a model") from error
    if counts not in COUNTS:
        raise ModelLoadError(f"{folder / 'config.json'} asks for token counts {counts}; known are {', '.join(COUNTS)}")
    return counts


def read_static(folder: Path) -> tuple[Tokenizer, npt.NDArray[Any], Vectors | None]:
    """Tokenizer, one row for each token, and what to multiply the rows with, if anything."""
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tensors = load_file(folder / "model.safetensors")
    except Exception as error:  # tokenizers and safetensors raise no common type
        raise ModelLoadError(f"the model in {folder} cannot be read ({_first_line(error)})") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    rows = tensors.get("embeddings", tensors.get("embedding.weight"))
    scales = tensors.get("weights")
    if rows is None or rows.ndim != 2 or "mapping" in tensors:
        raise ModelLoadError(f"{folder / 'model.safetensors'} holds no table with one row for each token")
    if len(rows) != tokenizer.get_vocab_size() or (scales is not None and scales.shape != rows.shape[:1]):
        raise ModelLoadError(f"{folder} holds {len(rows)} vectors for {tokenizer.get_vocab_size()} tokens")
    return tokenizer, rows, scales


class TransformerEncoder:
    """Any sentence-transformers model, with the prompts it defines for queries and documents."""

    has_tokens = False

    def __init__(self, name: str) -> None:
        self.name = name
        self._model = _load_transformer(name)
        self.dim = int(self._model.get_embedding_dimension() or 0)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the weights, the tokenizer and the prompts."""
        digest = hashlib.sha256(json.dumps(self._model.prompts, sort_keys=True).encode())
        for key, tensor in sorted(self._model.state_dict().items()):
            digest.update(key.encode() + tensor.detach().cpu().float().numpy().tobytes())
        backend = getattr(self._model.tokenizer, "backend_tokenizer", None)
        digest.update(backend.to_str().encode() if backend is not None else b"")
        return digest.hexdigest()[:32]

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """float32[n, dim]."""
        return self._encode(self._model.encode_query, texts)

    def encode_document(self, texts: Sequence[str]) -> Vectors:
        """float32[n, dim]."""
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        vectors = unit(encode([_whole(text) for text in texts], convert_to_numpy=True, show_progress_bar=False))
        vectors[[not text.strip() for text in texts]] = 0.0
        return vectors

    def token_ids(self, texts: Sequence[str]) -> list[TokenIds]:
        raise ModelLoadError(f"the model {self.name} has no vectors for single tokens; late interaction needs them")

    def token_vectors(self, ids: npt.ArrayLike) -> Vectors:
        raise ModelLoadError(f"the model {self.name} has no vectors for single tokens; late interaction needs them")

    def pool(self, ids: Sequence[TokenIds]) -> Vectors:
        raise ModelLoadError(f"the model {self.name} has no vectors for single tokens; they cannot be pooled")


def _load_transformer(name: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name, trust_remote_code=False)
    except Exception as error:  # the hub client, transformers and safetensors raise no common type
        raise ModelLoadError(
            f"the model {name} is neither a folder with a sentence-transformers model nor a name that the model hub "
            f"answers to ({_first_line(error)})"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
