"""Vectors and token ids of a generation: in order of the rows, whether taken over, cached or encoded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa import archive as archive_module
from qa.archive import Archive
from qa.archive.numbered import NumberedTokens
from qa.archive.parts import indexed_text
from qa.archive.segments import write_tokens
from qa.errors import IndexDamaged
from qa.store.numbering import Numbering

NEWS = {
    "a.txt": "# 图书馆延长开放时间\n\n本报讯 市图书馆从本月起延长开放时间,每晚九点闭馆,周末照常开放。读者表示欢迎。\n",
    "m.txt": "# 新桥通车\n\n本报讯 连接两岸的新桥昨天通车,全长八百米,双向四车道,过江时间缩短了二十分钟。\n",
    "z.txt": "# 食堂涨价\n\n本报讯 工厂食堂的午餐从八元涨到十元,厂方说菜价涨了三成,职工代表要求公开账目。\n",
}


def write(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(NEWS[name], encoding="utf-8")
    return folder


def check(archive: Archive) -> None:
    """Every row's vector and tokens are those of its text, as the model gives them."""
    texts = [indexed_text(passage) for passage in archive.passages()]
    stored = archive._parts.vectors.rows(0, len(texts))
    assert stored == pytest.approx(archive.encoder.encode_document(texts), abs=1e-3)
    if archive._parts.tokens is not None:
        ids = archive._parts.tokens.of(range(len(texts)))
        assert [one.tolist() for one in ids] == [one.tolist() for one in archive.encoder.token_ids(texts)]


@pytest.mark.parametrize("later", [["a.txt"], ["m.txt"], ["z.txt"], ["a.txt", "z.txt"]])
def test_rows_stay_in_order_when_pages_come_in_before_between_and_after(tmp_path: Path, later: list[str]) -> None:
    folder = write(tmp_path / "papers", *(name for name in NEWS if name not in later))
    Archive.build([folder], tmp_path / "index").close()
    with Archive.build([write(folder, *later)], tmp_path / "index") as archive:
        assert archive.sources() == sorted(NEWS)
        check(archive)


def test_rows_close_up_when_a_page_goes(tmp_path: Path) -> None:
    folder = write(tmp_path / "papers", *NEWS)
    Archive.build([folder], tmp_path / "index").close()
    (folder / "m.txt").unlink()
    with Archive.build([folder], tmp_path / "index", prune=True) as archive:
        assert archive.sources() == ["a.txt", "z.txt"]
        check(archive)


class Tokenless:
    """The real encoder as one of a model that has no vectors for single tokens."""

    has_tokens = False

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder
        self.name, self.dim, self.fingerprint = encoder.name, encoder.dim, "without tokens"

    def encode_query(self, texts: Sequence[str]) -> Any:
        return self._encoder.encode_query(texts)

    def encode_document(self, texts: Sequence[str]) -> Any:
        return self._encoder.encode_document(texts)


def test_a_model_without_token_vectors_works_without_late_interaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = archive_module.load_encoder
    monkeypatch.setattr(archive_module, "load_encoder", lambda name: Tokenless(load(name)))
    folder = write(tmp_path / "papers", *NEWS)
    with Archive.build([folder], tmp_path / "index") as archive:
        assert archive._parts.tokens is None
        hit = archive.search("新桥有多长")[0]
        assert hit.passage.source == "m.txt" and [name for name, _ in hit.scores] == ["dense", "sparse"]
        assert archive.verify(deep=True) == []
        check(archive)


def stored(folder: Path, passages: int) -> NumberedTokens:
    arrays = (np.load(folder / "tokens.npy"), np.load(folder / "token_starts.npy"))
    return NumberedTokens(Numbering([[("p.txt", 0, passages, 0)]]), [arrays])


@pytest.mark.parametrize("largest", [5, 70_000])
def test_token_ids_come_back_whatever_the_size_of_the_vocabulary(tmp_path: Path, largest: int) -> None:
    lists = [np.array(ids, np.int32) for ids in ([1, largest, 0], [], [2])]
    write_tokens(tmp_path, lists)
    tokens = stored(tmp_path, 3)
    assert len(tokens) == 3
    assert [one.tolist() for one in tokens.of([2, 0, 1])] == [[2], [1, largest, 0], []]
    assert tokens.of([0])[0].dtype == np.int32
    assert np.load(tmp_path / "tokens.npy").dtype == (np.uint16 if largest < 2**16 else np.int32)


def test_no_passages_at_all_have_no_tokens(tmp_path: Path) -> None:
    write_tokens(tmp_path, [])
    assert len(stored(tmp_path, 0)) == 0


def test_parts_are_opened_when_they_are_used_and_only_once(tmp_path: Path) -> None:
    folder = write(tmp_path / "papers", *NEWS)
    Archive.build([folder], tmp_path / "index").close()
    with Archive.open(tmp_path / "index") as archive:
        assert archive._parts._opened == {}
        archive.search("新桥", mode="sparse")
        assert set(archive._parts._opened) == {"lexical"}
        first = archive._parts.lexical
        archive.search("新桥")
        assert set(archive._parts._opened) == {"lexical", "vectors", "tokens"} and archive._parts.lexical is first


def test_parts_of_another_length_than_the_tables_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "papers", *NEWS)
    Archive.build([folder], tmp_path / "index").close()
    with Archive.open(tmp_path / "index") as archive:
        assert len(archive._parts.tables.numbering) == archive.passage_count
        archive._parts.tables.passage_count += 1
        for part in ("lexical", "vectors", "tokens"):
            with pytest.raises(IndexDamaged, match=f"passages but .* in its {part}"):
                getattr(archive._parts, part)
