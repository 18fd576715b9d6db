"""Text -> unit vectors: `load_encoder` gives the bundled static model, another one, or any of sentence-transformers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from embeddings.errors import ModelLoadError
from embeddings.pooling import Vectors, unit
from embeddings.static import StaticEncoder, TokenIds, fingerprint_of, first_line, is_static, whole

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["BUNDLED", "Encoder", "ModelLoadError", "TokenIds", "Vectors", "damage", "load_encoder", "unit"]

BUNDLED = Path(__file__).parent / "bundled"


class Encoder(Protocol):
    """What every model gives: rows of unit length (zero for an empty text), one for each text, in order.

    `fingerprint` names the exact weights and tokenizer. `has_tokens` says whether single tokens have vectors of
    their own; without it `token_ids`, `token_vectors`, `cosines` and `pool` raise ModelLoadError.
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
    def cosines(self, ids: TokenIds, directions: Vectors) -> Vectors: ...
    def pool(self, ids: Sequence[TokenIds]) -> Vectors: ...


def load_encoder(name: str | None = None) -> Encoder:
    """The bundled model (None), a folder, or a model of the Hugging Face hub by name.

    Raises ModelLoadError when there is no such model or it cannot be read.
    """
    folder = BUNDLED if name is None else Path(name)
    if is_static(folder):
        return StaticEncoder("bundled" if name is None else name, folder)
    if name is None:
        raise ModelLoadError(f"the bundled model is missing from {folder}; install the package again")
    if not folder.is_dir() and (folder.is_absolute() or name.startswith(".")):
        raise ModelLoadError(f"there is no folder {name}; give a folder with a model or the name of one on the hub")
    return TransformerEncoder(name)


def damage(encoder: Encoder) -> str:
    """What is wrong with the files of a model that opening it does not notice, in one sentence; "" when nothing is.

    Opening looks at a sample of the weights; here every byte is read.
    """
    if isinstance(encoder, StaticEncoder) and fingerprint_of(encoder.folder) != encoder.fingerprint:
        return f"The weights in {encoder.folder} are not those that the model was saved with; install it again."
    return ""


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
        vectors = unit(encode([whole(text) for text in texts], convert_to_numpy=True, show_progress_bar=False))
        vectors[[not text.strip() for text in texts]] = 0.0
        return vectors

    def token_ids(self, texts: Sequence[str]) -> list[TokenIds]:
        raise ModelLoadError(f"the model {self.name} has no vectors for single tokens; late interaction needs them")

    def token_vectors(self, ids: npt.ArrayLike) -> Vectors:
        raise ModelLoadError(f"the model {self.name} has no vectors for single tokens; late interaction needs them")

    def cosines(self, ids: TokenIds, directions: Vectors) -> Vectors:
        raise ModelLoadError(f"the model {self.name} has no vectors for single tokens; they cannot be compared")

    def pool(self, ids: Sequence[TokenIds]) -> Vectors:
        raise ModelLoadError(f"the model {self.name} has no vectors for single tokens; they cannot be pooled")


def _load_transformer(name: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name, trust_remote_code=False)
    except Exception as error:  # the hub client, transformers and safetensors raise no common type
        raise ModelLoadError(
            f"the model {name} is neither a folder with a sentence-transformers model nor a name that the model hub "
            f"answers to ({first_line(error)})"
        ) from error
