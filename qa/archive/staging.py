"""Writing the segments of a generation: one at a time or by several processes, each kept if the run is killed.

A run of several segments, or of a large one, writes each to a folder `part-…` of its own beside the generations, named
by everything that the segment is made of. A later run that needs the same segment takes it over, or the slices of it
that are finished. Parts are removed when a generation is published.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.archive import workers
from qa.archive.finished import Known, is_whole, take
from qa.archive.parts import TABLES
from qa.archive.planning import PER_PASSAGE, Job
from qa.archive.slices import sliced, whole, write_part, write_segment
from qa.datatypes import Page
from qa.store import Generation, VectorCache, files, next_numbers

if TYPE_CHECKING:
    from embeddings.encoder import Encoder


@dataclass(frozen=True)
class Writing:
    """What is to be written: one segment for each list of jobs, numbered from `first`, into `folder`."""

    index: Path
    folder: Path
    first: int
    jobs: Sequence[Sequence[Job]]
    pages: Mapping[str, Page]
    encoder: Encoder
    reader: str

    def name(self, place: int) -> str:
        return f"s{self.first + place:08d}"

    def part(self, place: int) -> Path:
        made_of = [self.first + place, self.jobs[place], self.encoder.fingerprint, self.reader]
        return self.index / f"part-{hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:16]}"


def write_all(writing: Writing, progress: Callable[[int, int], None] | None, known: Known) -> list[str]:
    """Writes all segments; returns their names. `known` is given the checksums of files that need no second look."""
    reported = _Reported(progress, sum(job.characters for jobs in writing.jobs for job in jobs if job.signature))
    if len(writing.jobs) == 1 and len(sliced(writing.jobs[0])) == 1:
        folder = writing.folder / writing.name(0)
        folder.mkdir()
        with _cached(writing) as cache:
            write_segment(folder, writing.first, writing.jobs[0], writing.pages, writing.encoder, cache, reported)
    else:
        _stage(writing, reported)
        for place in range(len(writing.jobs)):
            known.update(take(whole(writing.part(place)), writing.folder / writing.name(place)))
    reported.end()
    return [writing.name(place) for place in range(len(writing.jobs))]


class _Reported:
    """Passages encoded, and how many there may be: known for sure at the end only."""

    def __init__(self, progress: Callable[[int, int], None] | None, characters: int) -> None:
        self._progress, self._done, self._expected = progress, 0, characters // PER_PASSAGE

    def __call__(self, passages: int) -> None:
        self._done += passages
        if self._progress:
            self._progress(self._done, max(self._done, self._expected))

    def end(self) -> None:
        if self._progress and self._done:
            self._progress(self._done, self._done)


@contextlib.contextmanager
def _cached(writing: Writing) -> Any:
    """The cache of vectors, for encoders that are slower than it: a table of token vectors is not."""
    encoder = writing.encoder
    if encoder.has_tokens:
        yield None
        return
    with VectorCache(writing.index / "cache.sqlite", encoder.fingerprint, encoder.dim) as cache:
        yield cache


def _stage(writing: Writing, report: Callable[[int], None]) -> None:
    """Writes the parts that are not there yet; those that are there are reported."""
    wanted = {writing.part(place): place for place in range(len(writing.jobs))}
    for path in writing.index.glob("part-*"):
        if path not in wanted:
            files.remove_tree(path)
    missing = []
    for part, place in wanted.items():
        if is_whole(whole(part)):
            report(next_numbers(whole(part) / TABLES)[1])
        else:
            missing.append((place, part))
    for _, part in missing:
        if not part.exists():
            files.make_folder(part)
    if writing.encoder.has_tokens and workers.usable_cores() > 1:
        tasks = [(part, writing.first + place, writing.jobs[place]) for place, part in missing]
        workers.run(tasks, writing.encoder, report)
    else:
        with _cached(writing) as cache:
            for place, part in missing:
                number, jobs = writing.first + place, writing.jobs[place]
                write_part(part, number, jobs, writing.pages, writing.encoder, cache, report)


def link(old: Generation, name: str, folder: Path) -> Known:
    """Links a segment of the last generation into the next one; returns the checksums of its files by name."""
    said = {file: said for file, said in old.files.items() if file.startswith(f"{name}/")}
    for file in said:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        files.link(old.folder / file, folder / file)
    return said
