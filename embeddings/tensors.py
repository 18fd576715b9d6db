"""A safetensors file mapped into memory: nothing is copied, and only what is looked at is read from disk."""

from __future__ import annotations

import json
import math
import mmap
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.errors import ModelLoadError

Array = npt.NDArray[Any]

_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U16": "<u2", "U8": "u1",
}  # fmt: skip


def read_tensors(path: Path) -> tuple[dict[str, Array], dict[str, str], memoryview]:
    """The arrays of the file, read-only; its metadata; and all bytes that the arrays are made of.

    Raises ModelLoadError when the file cannot be read, or is not exactly what its header says.
    """
    try:
        with path.open("rb") as file:
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        (size,) = struct.unpack_from("<Q", whole)
        header = json.loads(bytes(whole[8 : 8 + size]))
        metadata = {str(key): str(value) for key, value in header.pop("__metadata__", {}).items()}
        content = whole[8 + size :]
        arrays = {str(name): _array(content, entry) for name, entry in header.items()}
        if sum(array.nbytes for array in arrays.values()) != len(content):
            raise ValueError("its length is not what its header says")
    except Exception as error:  # a damaged header can lead to nearly any
        raise ModelLoadError(
            f"the file {path} of the model cannot be read ({str(error) or type(error).__name__})"
        ) from error
    return arrays, metadata, content


def _array(content: memoryview, entry: Mapping[str, Any]) -> Array:
    first, last = (int(offset) for offset in entry["data_offsets"])
    shape = tuple(int(length) for length in entry["shape"])
    kind = np.dtype(_TYPES[entry["dtype"]])
    if min(first, *shape, 0) < 0 or last > len(content) or last - first != math.prod(shape) * kind.itemsize:
        raise ValueError("its header does not fit its length")
    return np.frombuffer(content[first:last], kind).reshape(shape)
