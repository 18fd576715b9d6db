"""Files -> the next generation of the index. Only what has changed is read and encoded."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.archive import planning
from qa.archive.dropping import dropped_pages, write_frequencies
from qa.archive.finished import discard
from qa.archive.lists import LARGE, write_lists
from qa.archive.parts import TABLES, Parts, check_model, indexed_text
from qa.archive.postings import write_joined
from qa.archive.relating import relate
from qa.archive.segments import BATCH
from qa.archive.staging import Writing, link, write_all
from qa.archive.summary import Summary
from qa.archive.threads import keep_faiss_to_one
from qa.archive.workers import usable_cores
from qa.errors import NoIndex
from qa.store import JoinedTables, VectorCache, open_current, publish, writing

if TYPE_CHECKING:
    from embeddings.encoder import Encoder

Progress = Callable[[int, int], None]  # passages encoded, passages in all


def build(
    paths: Iterable[str | os.PathLike[str]],
    index: Path,
    load: Callable[[str | None], Encoder],
    *,
    model: str | None,
    rebuild: bool,
    prune: bool,
    progress: Progress | None,
) -> Summary:
    """Publishes the next generation of `index`, or leaves it alone when nothing has changed."""
    if isinstance(paths, str | bytes | os.PathLike):
        paths = [os.fsdecode(paths)]
    with writing(index, rebuild=rebuild):
        old = None if rebuild else _open(index)
        try:
            plan = planning.make_plan(list(paths), index, old, prune)
            encoder = load(model or (old.generation.description["model"]["name"] if old else None))
            if old:
                check_model(index, old.generation.description["model"], encoder)
            return _carry_out(index, plan, old, encoder, progress)
        finally:
            if old:
                old.close()


def _open(index: Path) -> Parts | None:
    try:
        return Parts(open_current(index))
    except NoIndex:
        return None


def _carry_out(
    index: Path, plan: planning.Plan, old: Parts | None, encoder: Encoder, progress: Progress | None
) -> Summary:
    reader = reader_fingerprint()
    replaced = sum(page.replaced for page in plan.fresh.values())
    changed = len(plan.fresh) - plan.added
    if old and not plan.fresh and not plan.removed and old.generation.description["reader"] == reader:
        number, counts = old.generation.number, old.generation.description["counts"]
    else:
        model = {"name": encoder.name, "dim": encoder.dim, "fingerprint": encoder.fingerprint}
        description = {"model": model, "reader": reader}
        number = _publish(index, plan, old, encoder, progress, description)
        counts = description["counts"]
    return Summary(
        plan.added, changed, plan.unchanged, len(plan.removed), tuple(plan.skipped), replaced,
        counts["articles"], counts["passages"], number,
    )  # fmt: skip


def _publish(
    index: Path,
    plan: planning.Plan,
    old: Parts | None,
    encoder: Encoder,
    progress: Progress | None,
    description: dict[str, Any],
) -> int:
    """Publishes the generation and completes its `description`; returns its number."""
    same_reader = old is not None and old.generation.description["reader"] == description["reader"]
    layout = planning.lay_out(plan, old, same_reader, usable_cores())
    known: dict[str, dict[str, Any]] = {}

    def fill(folder: Path) -> dict[str, Any]:
        first = int(old.generation.description["next"]) if old else 1
        for name in layout.kept:
            assert old is not None
            known.update(link(old.generation, name, folder))
        task = Writing(index, folder, first, layout.jobs, plan.pages, encoder, description["reader"])
        written = write_all(task, progress, known)
        names = sorted([*layout.kept, *written])
        fresh = {job.page.source for jobs in layout.jobs for job in jobs if job.signature}
        description.update(segments=names, dropped=layout.dropped, next=first + len(written))
        write_frequencies(folder, old, layout.dropped)
        lent = dict(zip(old.segments, old.tables.segments, strict=True)) if old else {}
        files = [folder / name / TABLES for name in names]
        tables = JoinedTables(files, folder, dropped_pages(description, names), lent)
        sizes = {name: one.passage_count for name, one in zip(names, tables.segments, strict=True)}

        def listed() -> dict[str, Any]:
            shared = write_joined(folder, sizes, old, written, known)
            return {"joined": shared, "vectors": write_lists(folder, names, old, encoder.dim, known, shared)}

        with _aside(listed, tables.passage_count) as lists:
            relate(folder, names, tables, fresh, old if same_reader else None, layout.dropped)
            description.update(lists())
        description["counts"] = _counted(tables)
        if not encoder.has_tokens:
            _forget(index, tables, encoder)
        tables.close()
        return description

    number = publish(index, fill, known)
    discard(index)
    return number


@contextlib.contextmanager
def _aside(action: Callable[[], dict[str, Any]], passages: int) -> Iterator[Callable[[], dict[str, Any]]]:
    """Where it takes long and there is a core for it, another thread does `action`; what is given has its result."""
    if passages < LARGE or usable_cores() < 2:
        yield action
        return
    with ThreadPoolExecutor(1, "wenbao-lists", keep_faiss_to_one) as pool:
        yield pool.submit(action).result


def _counted(tables: JoinedTables) -> dict[str, int]:
    return {"pages": len(tables.sources()), "articles": tables.article_count, "passages": tables.passage_count}


def _forget(index: Path, tables: JoinedTables, encoder: Encoder) -> None:
    """Keeps the cache of vectors from growing for ever."""
    with VectorCache(index / "cache.sqlite", encoder.fingerprint, encoder.dim) as cache:
        if len(cache) > 2 * tables.passage_count + BATCH:
            cache.keep_only([indexed_text(passage) for passage in tables.between(0, tables.passage_count)])


def reader_fingerprint() -> str:
    """Hash of the code that makes articles and passages: when it changes, pages are read again."""
    here = Path(__file__).parent.parent
    names = ["articles", "passages.py", "copies.py", "duplicates.py", "grams.py", "text.py", "archive/parts.py"]
    found = [file for name in names for file in ([here / name] if name.endswith(".py") else (here / name).glob("*.py"))]
    digest = hashlib.sha256()
    for file in sorted(found):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
