"""Files -> the next generation of the index. Only what has changed is read and encoded."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qa import duplicates
from qa.archive.encoding import VectorWriter
from qa.archive.overlaps import overlapping
from qa.archive.parts import LEXICAL, TABLES, Parts, check_model, indexed_text
from qa.archive.summary import Summary
from qa.articles import reconstruct
from qa.datatypes import Article, Page, Paragraph
from qa.errors import InputError, NoIndex
from qa.pages import Skipped, find_files, read_page
from qa.passages import cut
from qa.store import Reading, Tables, VectorCache, open_current, publish, write_copies, write_tables, writing
from qa.text import terms

if TYPE_CHECKING:
    from embeddings.encoder import Encoder

Progress = Callable[[int, int], None]  # passages encoded, passages in all


@dataclass
class Plan:
    """The pages of the next generation: those read now, and those taken over from the last."""

    fresh: dict[str, Page] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    added: int = 0
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


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
            plan = make_plan(list(paths), index, old, prune)
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


def make_plan(paths: list[Any], index: Path, old: Parts | None, prune: bool) -> Plan:
    """Reads the files that `paths` hold, the folder `index` aside, and compares them with the pages of `old`."""
    stored = old.tables.stored() if old else {}
    # The name of a file that has vanished may go to another one.
    known = {path: source for source, (path, _) in stored.items() if os.path.lexists(path)}
    files, skipped = find_files(paths, known)
    own = Path(os.path.abspath(index))  # noqa: PTH100 - as find_files names its files
    files = {source: path for source, path in files.items() if not path.is_relative_to(own)}
    plan = Plan(skipped=[one for one in skipped if not Path(one[0]).is_relative_to(own)])
    for source, path in files.items():
        try:
            page = read_page(path, source)
        except InputError as error:
            plan.skipped.append((str(path), str(error)))
            continue
        if stored.get(source) == (page.path, page.sha256):
            plan.unchanged += 1
        else:
            plan.fresh[source] = page
            plan.added += source not in stored
    given = [os.path.abspath(path) for path in paths]  # noqa: PTH100 - resolve() would follow links
    usable = {str(file) for file in files.values()} - {skipped for skipped, _ in plan.skipped}
    for source, (file, _) in stored.items():
        if source in plan.fresh:
            continue
        if prune and file not in usable and any(Path(file).is_relative_to(root) for root in given):
            plan.removed.append(source)
        else:
            plan.kept.append(source)
    if not plan.fresh and not plan.unchanged and not plan.removed:
        raise InputError(_nothing(given, plan.skipped))
    return plan


def _nothing(given: list[str], skipped: list[Skipped]) -> str:
    reasons = "; ".join(f"{path}: {reason}" for path, reason in skipped[:3])
    more = f" and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    told = f" ({reasons.rstrip('.')}{more})" if reasons else ""
    return f"There is no text to index in {', '.join(given) or 'no path'}{told}; name text files or folders with some."


def _carry_out(index: Path, plan: Plan, old: Parts | None, encoder: Encoder, progress: Progress | None) -> Summary:
    reader = reader_fingerprint()
    replaced = sum(page.replaced for page in plan.fresh.values())
    changed = len(plan.fresh) - plan.added
    if old and not plan.fresh and not plan.removed and old.generation.description["reader"] == reader:
        number, counts = old.generation.number, old.generation.description["counts"]
    else:
        model = {"name": encoder.name, "dim": encoder.dim, "fingerprint": encoder.fingerprint}
        description: dict[str, Any] = {"model": model, "reader": reader}

        def fill(folder: Path) -> dict[str, Any]:
            description.update(_fill(folder, index, plan, old, encoder, progress))
            return description

        number, counts = publish(index, fill), description["counts"]
    return Summary(
        plan.added, changed, plan.unchanged, len(plan.removed), tuple(plan.skipped), replaced,
        counts["articles"], counts["passages"], number,
    )  # fmt: skip


def reader_fingerprint() -> str:
    """Hash of the code that makes articles and passages: when it changes, pages are read again."""
    here = Path(__file__).parent.parent
    names = ["articles", "passages.py", "duplicates.py", "text.py", "archive/parts.py"]
    files = [file for name in names for file in ([here / name] if name.endswith(".py") else (here / name).glob("*.py"))]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _fill(
    folder: Path, index: Path, plan: Plan, old: Parts | None, encoder: Encoder, progress: Progress | None
) -> dict[str, Any]:
    """Writes all parts of the generation into the empty `folder`; returns what the manifest says of them."""
    pages, taken_over = readings(plan, old)
    write_tables(folder / TABLES, pages, old.generation.folder / TABLES if old else None)
    tables = Tables(folder / TABLES)
    try:
        total = tables.passage_count
        groups = duplicates.group_passages(list(tables.between(0, total)))
        write_copies(folder / TABLES, groups, overlapping(tables))
        with VectorCache(index / "cache.sqlite", encoder.fingerprint, encoder.dim) as cache:
            writer = VectorWriter(tables, encoder, cache, progress)
            for source in tables.sources():
                if old and source in taken_over:
                    writer.take_over(old, source)
                else:
                    writer.add(list(tables.between(*tables.span(source))))
            searched = writer.save(folder)
        _write_lexical(folder / LEXICAL, tables)
        counts = {"pages": len(tables.sources()), "articles": tables.article_count, "passages": total}
        return {"counts": counts, "vectors": searched}
    finally:
        tables.close()


def _write_lexical(folder: Path, tables: Tables) -> None:
    from qa.lexical import write_lexical

    folder.mkdir()
    numbers = (
        (number, passage)
        for number, source in enumerate(tables.sources())
        for passage in tables.between(*tables.span(source))
    )
    write_lexical(folder, ((number, terms(indexed_text(passage))) for number, passage in numbers))


def readings(plan: Plan, old: Parts | None) -> tuple[Iterator[Reading | str], set[str]]:
    """All pages of the next generation in order of source, and the sources among them that are taken over.

    A page is read anew when it, or a twin of it, or the reading code has changed.
    """
    signatures = {source: duplicates.signature(page.text).tobytes() for source, page in plan.fresh.items()}
    pages = {source: page.sha256 for source, page in plan.fresh.items()}
    before: dict[str, tuple[str, ...]] = {}
    if old:
        kept = set(plan.kept)
        signatures |= {s: value for s, value in old.tables.signatures().items() if s in kept}
        pages |= {s: sha for s, (_, sha) in old.tables.stored().items() if s in kept}
        if old.generation.description["reader"] == reader_fingerprint():
            before = {s: twins for s, twins in old.tables.twins().items() if s in kept}
    twins = _twins(signatures)
    named = {source: tuple(f"{twin} {pages[twin]}" for twin in twins[source]) for source in pages}
    taken_over = {source for source in before if before[source] == named[source]}

    def page(source: str) -> Page:
        found = plan.fresh.get(source) or (old.tables.page(source) if old else None)
        assert found is not None
        return found

    def read_or_take(source: str) -> Reading | str:
        if source in taken_over:
            return source
        return read(page(source), signatures[source], named[source], [page(twin) for twin in twins[source]])

    return map(read_or_take, sorted(pages)), taken_over


def _twins(signatures: Mapping[str, bytes]) -> dict[str, list[str]]:
    arrays = {source: np.frombuffer(signatures[source], np.uint32) for source in sorted(signatures)}
    twins: dict[str, list[str]] = defaultdict(list)
    for one, other in duplicates.find_twins(arrays):
        twins[one].append(other)
        twins[other].append(one)
    return defaultdict(list, {source: sorted(others) for source, others in twins.items()})


def read(page: Page, signature: bytes, named: tuple[str, ...], twins: list[Page]) -> Reading:
    articles = reconstruct(page, twins) or whole(page)
    cuts = (cut(article, number, page.text) for number, article in enumerate(articles))
    return Reading(page, signature, named, articles, tuple(itertools.chain.from_iterable(cuts)))


def whole(page: Page) -> tuple[Article]:
    """The page as one article without a headline: what is no newspaper page must be found all the same.

    Long lines are cut, because nothing says that they have sentences.
    """
    lines = [(line.start(), line.end()) for line in re.finditer(r"\S(?:[^\r\n]{0,298}\S)?", page.text)]
    paragraphs = tuple(Paragraph(page.text[first:last], ((first, last),)) for first, last in lines)
    return (Article(page.source, "", paragraphs),)
