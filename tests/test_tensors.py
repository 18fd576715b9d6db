"""Mapped safetensors files against the library's own reader, and damaged ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from embeddings import BUNDLED, ModelLoadError
from embeddings.tensors import read_tensors

KINDS = ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint16", "uint8"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.lists(st.integers(0, 5), max_size=3)), max_size=6))
def test_every_kind_and_shape_is_read_as_the_library_reads_it(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[str, list[int]]]
) -> None:
    random = np.random.default_rng(0)
    arrays = {f"t{n}": random.integers(0, 99, shape).astype(kind) for n, (kind, shape) in enumerate(plan)}
    path = tmp_path_factory.mktemp("tensors") / "some.safetensors"
    save_file(arrays, path, metadata={"said": "一"})
    found, told, content = read_tensors(path)
    assert told == {"said": "一"}
    assert len(content) == sum(array.nbytes for array in arrays.values())
    for name, wanted in load_file(path).items():
        assert (found[name].dtype, found[name].shape) == (wanted.dtype, wanted.shape)
        np.testing.assert_array_equal(found[name], wanted)
    assert found.keys() == arrays.keys()


def test_the_bundled_weights_are_read_as_the_library_reads_them() -> None:
    found, told, _ = read_tensors(BUNDLED / "model.safetensors")
    for name, wanted in load_file(BUNDLED / "model.safetensors").items():
        np.testing.assert_array_equal(found[name], wanted)
    assert told == {}


def written(path: Path, header: Any, content: bytes = b"12345678", size: int | None = None) -> Path:
    line = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(line) if size is None else size).to_bytes(8, "little") + line + content)
    return path


GOOD = {"dtype": "I32", "shape": [2], "data_offsets": [0, 8]}


def test_a_header_written_by_hand_is_read(tmp_path: Path) -> None:
    found = read_tensors(written(tmp_path / "a", {"t": GOOD}))[0]["t"]
    assert found.tolist() == np.frombuffer(b"12345678", "<i4").tolist()


BAD: list[Any] = [
    b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, {"t": {}}, {"t": [1]}, {"t": GOOD | {"dtype": "BF16"}},
    {"t": GOOD | {"shape": [3]}}, {"t": GOOD | {"shape": [-1, -2]}}, {"t": GOOD | {"shape": "x"}},
    {"t": GOOD | {"shape": [2**62, 4]}}, {"t": GOOD | {"data_offsets": [0, 12]}},
    {"t": GOOD | {"data_offsets": [-8, 0]}}, {"t": GOOD | {"data_offsets": [8, 0]}},
    {"t": GOOD | {"data_offsets": [0]}}, {"t": GOOD | {"data_offsets": [1e400, 8]}}, {"__metadata__": 1, "t": GOOD},
    {}, {"t": GOOD, "u": GOOD}, {"t": GOOD | {"shape": [1], "data_offsets": [0, 4]}},
]  # fmt: skip


@pytest.mark.parametrize("header", BAD, ids=lambda header: repr(header)[:40])
def test_a_header_that_does_not_fit_is_refused_in_one_sentence(tmp_path: Path, header: Any) -> None:
    path = written(tmp_path / "a", header)
    with pytest.raises(ModelLoadError) as refused:
        read_tensors(path)
    assert str(refused.value).startswith(f"the file {path} of the model cannot be read (")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("size", [10**6, 2**63, 2**64 - 1, 0])
def test_a_header_longer_than_the_file_is_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(ModelLoadError):
        read_tensors(written(tmp_path / "a", {"t": GOOD}, size=size))


@pytest.mark.parametrize("content", [b"", b"1", b"1234567"])
def test_a_file_without_room_for_a_header_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ModelLoadError):
        read_tensors(tmp_path / "a")


def test_a_folder_or_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(ModelLoadError, match="cannot be read"):
            read_tensors(path)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("tensors") / "any"
    path.write_bytes(content)
    with pytest.raises(ModelLoadError):
        read_tensors(path)
