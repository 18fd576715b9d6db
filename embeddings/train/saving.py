"""The model folder: eight-bit rows with one scale each, read alike by sentence-transformers and model2vec."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from embeddings.matching import matcher_of
from embeddings.pooling import COUNTS, Vectors
from embeddings.prepared import MATCHING, TOKENIZER, WEIGHTS, write_prepared
from embeddings.static import fingerprint_of, read_tokenizer, token_counts


def quantized(table: Vectors) -> tuple[npt.NDArray[np.int8], Vectors]:
    """Rows as int8 and the float32 scale of each: row times scale is the row again, to 1/254 of its largest value."""
    scales = np.abs(table).max(axis=1) / 127.0
    rows = np.divide(table, scales[:, None], out=np.zeros_like(table), where=scales[:, None] > 0)
    return np.rint(rows).astype(np.int8), scales.astype(np.float32)


def save_model(folder: Path, tokenizer: Tokenizer, table: Vectors) -> int:
    """Writes tokenizer, weights and settings; gives the bytes written. A README.md that is there stays."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    rows, scales = quantized(table)
    fresh = folder / f"{WEIGHTS}.new"  # the old file may be mapped by an encoder that is in use
    save_file({"embeddings": rows, "weights": scales}, fresh)
    fresh.replace(folder / WEIGHTS)
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    settings = {"model_type": "model2vec", "normalize": True, "max_length": None, "embedding_dtype": "int8"}
    settings["token_counts"] = COUNTS[1]
    modules = [
        {"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n", encoding="utf-8")
    prepare(folder)
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())


def prepare(folder: Path) -> None:
    """Writes beside the model what makes it load fast; nothing where its tokenizer does more than longest match."""
    tokenizer = read_tokenizer(folder)
    matcher = matcher_of(tokenizer)
    if matcher is None:
        (folder / MATCHING).unlink(missing_ok=True)
        return
    write_prepared(folder, matcher, tokenizer.get_vocab_size(), fingerprint_of(folder), token_counts(folder))
