"""What an indexing run has to do: which files are new, changed or gone, and which pages go into which segment."""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from qa import duplicates
from qa.archive.dropping import may_stay
from qa.archive.parts import Parts
from qa.datatypes import Page
from qa.errors import InputError
from qa.pages import Skipped, find_files, read_page

REMEMBERED = 30_000_000  # characters of pages kept in memory between planning and reading
SMALL = 2_500  # passages of a segment that is joined with whatever is written
LARGEST = 2**16  # passages of a segment, about
PER_PASSAGE = 240  # characters, about


class Fresh(NamedTuple):
    """A file that is new or has changed."""

    path: str
    sha256: str
    replaced: int
    characters: int
    signature: bytes


class Where(NamedTuple):
    """A page, and where to read it: in the folder of a segment, or, where `home` is empty, in its file."""

    source: str
    path: str
    sha256: str
    home: str


class Job(NamedTuple):
    """A page of a segment to be written: read anew with its twins, or, without `signature`, copied from its home."""

    page: Where
    signature: str  # hexadecimal
    twins: tuple[Where, ...]
    characters: int


@dataclass
class Plan:
    """The pages of the next generation: those read now, and those taken over from the last."""

    fresh: dict[str, Fresh] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    added: int = 0
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)  # some of the fresh ones, as long as there is room
    remembered: int = 0  # characters of these

    def remember(self, page: Page) -> None:
        signature = duplicates.signature(page.text).tobytes()
        fresh = Fresh(page.path, page.sha256, page.replaced, len(page.text), signature)
        self.fresh[page.source] = fresh
        if self.remembered + fresh.characters <= REMEMBERED:
            self.remembered += fresh.characters
            self.pages[page.source] = page


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
            plan.remember(page)
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


# --- segments ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """Segments of the last generation that stay, by name, and the pages of those to be written.

    `dropped` numbers the pages of segments that stay which do not count any more.
    """

    kept: tuple[str, ...]
    jobs: tuple[tuple[Job, ...], ...]
    dropped: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def lay_out(plan: Plan, old: Parts | None, same_reader: bool, cores: int) -> Layout:
    """A page is read anew when it, or a twin of it, or the reading code has changed; other pages stay where they are.

    Segments that lose a page are written again without it, if they are small or have lost much; small ones are joined
    with what is written.
    """
    wheres = {s: Where(s, fresh.path, fresh.sha256, "") for s, fresh in plan.fresh.items()}
    if old:
        wheres |= _stored(plan, old)
    twins = _twins(plan, old)
    before = old.tables.twins() if old and same_reader else {}
    staying = {s for s in plan.kept if before.get(s) == named(twins[s], wheres)}
    written = sum(one.characters for one in plan.fresh.values()) // PER_PASSAGE
    kept, rewritten = _choose(old, staying, written) if old else ({}, set())
    signatures = old.tables.signatures() if old else {}
    sizes = dict(zip(old.tables.sources(), old.tables.numbering.lengths.tolist(), strict=True)) if old else {}

    def job(source: str) -> Job:
        fresh = plan.fresh.get(source)
        characters = fresh.characters if fresh else int(sizes[source]) * PER_PASSAGE
        if source in staying:
            return Job(wheres[source], "", (), characters)
        signature = fresh.signature if fresh else signatures[source]
        return Job(wheres[source], signature.hex(), tuple(wheres[twin] for twin in twins[source]), characters)

    moving = sorted({*plan.fresh, *plan.kept} - staying | rewritten)
    parts = tuple(_parted([job(source) for source in moving], cores))
    dropped = {name: numbers for name, numbers in kept.items() if numbers}
    return Layout(tuple(sorted(kept)), parts if parts or kept else ((),), dropped)


def _stored(plan: Plan, old: Parts) -> dict[str, Where]:
    stored, numbering = old.tables.stored(), old.tables.numbering
    homes = [str(old.generation.folder / name) for name in old.segments]
    wanted = set(plan.kept)
    return {
        source: Where(source, *stored[source], homes[segment])
        for source, segment in zip(numbering.sources, numbering.segments.tolist(), strict=True)
        if source in wanted
    }


def named(twins: Iterable[str], wheres: Mapping[str, Where]) -> tuple[str, ...]:
    return tuple(f"{twin} {wheres[twin].sha256}" for twin in twins)


def _twins(plan: Plan, old: Parts | None) -> dict[str, list[str]]:
    """For each page of the next generation the other scans of it. Pairs of old pages are looked up, not sought."""
    signatures = {source: fresh.signature for source, fresh in plan.fresh.items()}
    twins: dict[str, list[str]] = defaultdict(list)
    if old:
        kept = set(plan.kept)
        signatures |= {s: value for s, value in old.tables.signatures().items() if s in kept}
        for source, names in old.tables.twins().items():
            if source in kept:
                twins[source] = [twin for twin in (name.rsplit(" ", 1)[0] for name in names) if twin in kept]
    arrays = {source: np.frombuffer(signatures[source], np.uint32) for source in sorted(signatures)}
    for one, other in duplicates.find_twins(arrays, plan.fresh.keys()):
        twins[one].append(other)
        twins[other].append(one)
    return defaultdict(list, {source: sorted(others) for source, others in twins.items()})


def _choose(old: Parts, staying: set[str], written: int) -> tuple[dict[str, tuple[int, ...]], set[str]]:
    """The segments that stay with the numbers of their pages that do not, and the pages that others take over."""
    numbering = old.tables.numbering
    sizes = np.diff(numbering.starts).tolist()
    kept, rewritten = {}, set()
    for segment in sorted(range(len(sizes)), key=lambda segment: sizes[segment]):
        pages = np.flatnonzero(numbering.segments == segment).tolist()
        left = [page for page in pages if numbering.sources[page] in staying]
        gone = sizes[segment] - int(numbering.lengths[left].sum())
        if sizes[segment] > max(SMALL, min(written, LARGEST - written)) and (
            not gone or may_stay(sizes[segment], gone)
        ):
            leaving = numbering.numbers[sorted({*pages} - {*left})].tolist()
            kept[old.segments[segment]] = tuple(sorted([*old.dropped[segment], *leaving]))
        else:
            rewritten |= {numbering.sources[page] for page in left}
            written += sizes[segment]
    return kept, rewritten


def _parted(jobs: Sequence[Job], cores: int) -> Iterator[tuple[Job, ...]]:
    """The jobs in order, in parts of about equal length: one, or as many as the cores can share or memory asks for."""
    total = sum(job.characters for job in jobs)
    parts = max(1, -(-total // (LARGEST * PER_PASSAGE)))
    if cores > 1 and total > SMALL * PER_PASSAGE * cores:
        parts = -(-parts // cores) * cores
    return parted(jobs, parts)


def parted(jobs: Sequence[Job], parts: int) -> Iterator[tuple[Job, ...]]:
    """The jobs in order, in at most so many parts of about equal length."""
    total = sum(job.characters for job in jobs)
    ends = np.cumsum([job.characters for job in jobs]) * parts
    of = np.minimum((ends - 1) // max(total, 1), parts - 1) if jobs else ends
    for _, part in itertools.groupby(zip(of.tolist(), jobs, strict=True), key=lambda pair: pair[0]):
        yield tuple(job for _, job in part)
