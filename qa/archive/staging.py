"""Writing the segments of a generation: one at a time or by several processes, each kept if the run is killed.

A run of several segments writes each to a folder `part-…` of its own beside the generations, named by everything that
the segment is made of. When it is complete its files are listed with their checksums; a later run that needs the same
segment takes it over. Parts are removed when a generation is published.
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
from qa.archive.planning import PER_PASSAGE, Job, Where
from qa.archive.segments import Segment, SegmentWriter, read
from qa.datatypes import Page
from qa.errors import InputError
from qa.pages import read_page
from qa.store import Generation, VectorCache, files

if TYPE_CHECKING:
    from embeddings.encoder import Encoder

_LIST = "PART.json"  # written last
Known = dict[str, dict[str, Any]]


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
    if len(writing.jobs) == 1:
        folder = writing.folder / writing.name(0)
        folder.mkdir()
        with _cached(writing) as cache:
            write_segment(folder, writing.first, writing.jobs[0], writing.pages, writing.encoder, cache, reported)
    else:
        _stage(writing, reported)
        for place in range(len(writing.jobs)):
            known.update(_take(writing.part(place), writing.folder / writing.name(place)))
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
    """Writes the parts that are not there yet."""
    wanted = {writing.part(place): place for place in range(len(writing.jobs))}
    for path in writing.index.glob("part-*"):
        if path not in wanted:
            files.remove_tree(path)
    missing = [(place, part) for part, place in wanted.items() if not _whole(part)]
    for _, part in missing:
        if part.exists():
            files.remove_tree(part)
        files.make_folder(part)
    if writing.encoder.has_tokens and workers.usable_cores() > 1:
        tasks = [(part, writing.first + place, writing.jobs[place]) for place, part in missing]
        workers.run(tasks, writing.encoder, report)
    else:
        with _cached(writing) as cache:
            for place, part in missing:
                number, jobs = writing.first + place, writing.jobs[place]
                write_segment(part, number, jobs, writing.pages, writing.encoder, cache, report)
                complete(part)


def complete(part: Path) -> None:
    """Lists the files of a part with their checksums."""
    listed = {
        path.relative_to(part).as_posix(): {"size": path.stat().st_size, "sha256": files.sha256(path)}
        for path in files.tree(part)
    }
    files.write(part / _LIST, json.dumps(listed).encode())


def _whole(part: Path) -> bool:
    try:
        listed = json.loads((part / _LIST).read_bytes())
        return all(files.sha256(part / name) == said["sha256"] for name, said in listed.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _take(part: Path, folder: Path) -> Known:
    """Links the files of a part into the generation; returns their checksums by name."""
    listed: Known = json.loads((part / _LIST).read_bytes())
    for name in listed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        files.link(part / name, folder / name)
    return {f"{folder.name}/{name}": said for name, said in listed.items()}


def discard(index: Path) -> None:
    """Removes all parts. Never raises: the generation is safe already, and the next one removes what is left."""
    with contextlib.suppress(OSError):
        for part in index.glob("part-*"):
            files.remove_tree(part)


def link(old: Generation, name: str, folder: Path) -> Known:
    """Links a segment of the last generation into the next one; returns the checksums of its files by name."""
    said = {file: said for file, said in old.files.items() if file.startswith(f"{name}/")}
    for file in said:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        files.link(old.folder / file, folder / file)
    return said


# --- one segment ------------------------------------------------------------------------------------------------------


def write_segment(
    folder: Path,
    number: int,
    jobs: Sequence[Job],
    pages: Mapping[str, Page],
    encoder: Encoder,
    cache: VectorCache | None,
    report: Callable[[int], None],
) -> None:
    """Fills `folder`. Of the fresh pages those in `pages` need not be read from their files.

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
        with SegmentWriter(folder, number, encoder, cache, report) as writer:
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
