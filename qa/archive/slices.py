"""One segment, written slice by slice: a large one takes a minute, and a run that is killed loses a slice of it only.

    part-0123…/slices/3-of-8/    a finished slice: a segment whose pages and passages are numbered from where the
                                 slice before it ended
    part-0123…/whole/            the slices joined, which is the segment

Slices are finished folders (`qa.archive.finished`), and so is the whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qa.archive.finished import complete, empty, is_whole
from qa.archive.parts import LEXICAL, STARTS, TABLES, TOKENS, VECTORS
from qa.archive.planning import PER_PASSAGE, Job, Where, parted
from qa.archive.segments import GRAMS, STATISTICS, Segment, SegmentWriter, read
from qa.datatypes import Page
from qa.errors import InputError
from qa.lexical import join_lexical
from qa.pages import read_page
from qa.store import VectorCache, files, join_tables, next_numbers

if TYPE_CHECKING:
    from embeddings.encoder import Encoder

Report = Callable[[int], None]  # passages done
SLICED = 2**13  # passages of a segment from which on it is written in slices
_SLICES = 8  # so many lists of postings tantivy joins into one, and no fewer


def sliced(jobs: Sequence[Job]) -> list[tuple[Job, ...]]:
    """The pages of a segment, in order, slice by slice; a small segment is one slice."""
    large = sum(job.characters for job in jobs) > SLICED * PER_PASSAGE
    return list(parted(jobs, _SLICES)) if large else [tuple(jobs)]


def write_part(
    part: Path,
    number: int,
    jobs: Sequence[Job],
    pages: Mapping[str, Page],
    encoder: Encoder,
    cache: VectorCache | None,
    report: Report,
) -> None:
    """Writes the segment `number` to the folder `whole` in `part`. Slices that an earlier run finished are not written
    again, but reported.
    """
    slices = sliced(jobs)
    if len(slices) == 1:
        empty(part)
        files.make_folder(whole(part))
        write_segment(whole(part), number, jobs, pages, encoder, cache, report)
        complete(whole(part))
        return
    start, folders = (0, 0), []
    for place, some in enumerate(slices, 1):
        folder = part / "slices" / f"{place}-of-{len(slices)}"
        if is_whole(folder):
            report(next_numbers(folder / TABLES)[1] - start[1])
        else:
            empty(folder)
            write_segment(folder, number, some, pages, encoder, cache, report, start)
            complete(folder)
        folders.append(folder)
        start = next_numbers(folder / TABLES)
    empty(whole(part))
    join(folders, whole(part))
    complete(whole(part))
    files.remove_tree(part / "slices")


def whole(part: Path) -> Path:
    return part / "whole"


def write_segment(
    folder: Path,
    number: int,
    jobs: Sequence[Job],
    pages: Mapping[str, Page],
    encoder: Encoder,
    cache: VectorCache | None,
    report: Report,
    start: tuple[int, int] = (0, 0),
) -> None:
    """Fills `folder`. Of the fresh pages those in `pages` need not be read from their files. `start` has the numbers
    of the first page and of the first passage.

    Raises InputError when a file has changed since the run began.
    """
    homes: dict[str, Segment] = {}

    def home(where: Where) -> Segment:
        return homes.setdefault(where.home, Segment(Path(where.home)))

    def page(where: Where) -> Page:
        found = home(where).tables.page(where.source) if where.home else pages.get(where.source)
        found = found or read_page(where.path, where.source)
        if found.sha256 != where.sha256:
            raise InputError(f"{where.path} has changed while it was being indexed; run the command again.")
        return found

    try:
        with SegmentWriter(folder, number, encoder, cache, report, start) as writer:
            for job in jobs:
                if job.signature:
                    named = tuple(f"{twin.source} {twin.sha256}" for twin in job.twins)
                    twins = [page(twin) for twin in job.twins]
                    writer.add(read(page(job.page), bytes.fromhex(job.signature), named, twins))
                else:
                    writer.take_over(home(job.page), job.page.source)
            writer.close()
    finally:
        for segment in homes.values():
            segment.close()


def join(slices: Sequence[Path], folder: Path) -> None:
    """Fills the empty `folder` with what the slices hold together; they stay as they are."""
    join_tables([slice_ / TABLES for slice_ in slices], folder / TABLES)
    files.make_folder(folder / LEXICAL)
    join_lexical([slice_ / LEXICAL for slice_ in slices], folder / LEXICAL, files.link)
    for name in (VECTORS, STATISTICS, GRAMS, TOKENS, STARTS):
        arrays = [_mapped(slice_ / name) for slice_ in slices if (slice_ / name).exists()]
        if arrays:
            np.save(folder / name, _joined(name, arrays), allow_pickle=False)


def _joined(name: str, arrays: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    if name == STARTS:
        ends = itertools.accumulate(int(starts[-1]) for starts in arrays)
        return np.concatenate([arrays[0], *(starts[1:] + end for starts, end in zip(arrays[1:], ends, strict=False))])
    together = np.concatenate(arrays)
    return np.sort(together) if name == GRAMS else together


def _mapped(path: Path) -> Any:
    return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
