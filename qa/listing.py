"""Articles and lines as lists for people and programs: what `articles` and `show` print."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from qa import articles, duplicates, pages
from qa.collation import Collation, Scan, collate
from qa.datatypes import Article, Hit, Page, Span
from qa.errors import InputError, QAError
from qa.text import line_starts, lines_of

if TYPE_CHECKING:
    from qa.archive import Archive


@dataclass(frozen=True, slots=True)
class Listed:
    """An article and its places in the file: 1-based line ranges, in reading order."""

    article: Article
    lines: tuple[tuple[int, int], ...]
    repeats: tuple[tuple[int, int], ...]
    collation: Collation | None = None  # with its other prints, None where there are none


@dataclass(frozen=True, slots=True)
class Note:
    """What another file prints at a line: other characters (`text` is what this file has), or words lost here."""

    kind: Literal["differs", "gap"]
    text: str
    source: str
    lines: tuple[int, int]
    spans: tuple[Span, ...]
    other: str


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    text: str
    article: str | None  # title of the article the line belongs to, None for a blank or unassigned line
    notes: tuple[Note, ...] = ()


def of_files(paths: Iterable[str]) -> dict[str, list[Listed]]:
    """The articles of files and folders, without an index. Raises InputError when no file can be read."""
    files, skipped = pages.find_files(paths)
    read: dict[str, Page] = {}
    reasons = [f"{path}: {reason}" for path, reason in skipped]
    for source, path in files.items():
        try:
            read[source] = pages.read_page(path, source)
        except QAError as error:
            reasons.append(str(error))
    if not read:
        raise InputError(f"No page to read; {'; '.join(reasons) or 'the folder holds no text file'}.")
    twins = _twins(read)
    stories = {source: articles.reconstruct(page, twins[source]) for source, page in sorted(read.items())}
    scans = {twin.source: Scan.of(twin.source, stories[twin.source]) for found in twins.values() for twin in found}

    def merged(article: Article) -> Collation:
        page = read[article.source]
        return collate(article, page.text, [scans[twin.source] for twin in twins[page.source]])

    return {source: _listed(read[source], found, merged) for source, found in stories.items()}


def _twins(read: Mapping[str, Page]) -> dict[str, list[Page]]:
    twins: dict[str, list[Page]] = {source: [] for source in read}
    for a, b in duplicates.find_twins({source: duplicates.signature(page.text) for source, page in read.items()}):
        twins[a].append(read[b])
        twins[b].append(read[a])
    return twins


def of_archive(archive: Archive) -> dict[str, list[Listed]]:
    return {s: _listed(archive.page(s), archive.articles(s), archive.collate) for s in sorted(archive.sources())}


def _listed(page: Page, found: Iterable[Article], merged: Callable[[Article], Collation]) -> list[Listed]:
    return [
        Listed(
            one,
            _pairs(articles.line_ranges(one, page.text)),
            _pairs(articles.repeat_ranges(one, page.text)),
            collation if (collation := merged(one)).witnesses else None,
        )
        for one in found
    ]


def _pairs(ranges: Iterable[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((first, last) for first, last in ranges)


def to_dict(listed: Listed) -> dict[str, Any]:
    article = listed.article
    return {
        "title": article.title,
        "byline": article.byline,
        "section": article.section,
        "lines": [list(pair) for pair in listed.lines],
        "repeats": [list(pair) for pair in listed.repeats],
        "text": article.text,
        "facts": [
            {"kind": fact.kind, "value": fact.value, "line": fact.line, "confidence": round(fact.confidence, 2)}
            for fact in article.facts
        ],
        "merged": listed.collation.to_dict() if listed.collation else None,
    }


def to_text(found: Mapping[str, Sequence[Listed]]) -> str:
    return "\n\n".join(
        "\n\n".join([f"== {source}: {len(entries)} articles", *map(_article_text, entries)])
        for source, entries in found.items()
    )


def _article_text(listed: Listed) -> str:
    article = listed.article
    head = [
        article.title or "(no headline)",
        *([f"section: {article.section}"] if article.section else []),
        *([f"byline: {article.byline}"] if article.byline else []),
        f"lines: {_ranges(listed.lines)}" + (f"   repeats: {_ranges(listed.repeats)}" if listed.repeats else ""),
        *([_merged_text(listed.collation)] if listed.collation else []),
    ]
    return "\n".join([*head, *(f"    {paragraph.text}" for paragraph in article.paragraphs)])


def _merged_text(collation: Collation) -> str:
    differing, filled = len(collation.disagreements), len(collation.filled)
    return f"also in: {', '.join(collation.witnesses)}   disagreements: {differing}   gaps it can fill: {filled}"


def _ranges(pairs: Iterable[tuple[int, int]]) -> str:
    return ", ".join(f"{first}-{last}" for first, last in pairs)


def parse_place(place: str, sources: Sequence[str]) -> tuple[str, int, int]:
    """`SOURCE`, `SOURCE:LINE` or `SOURCE:FIRST-LAST` as source and line range (0 as last: to the end).

    A source may be named by the beginning of its name when only one begins so. Raises InputError.
    """
    lines = re.search(r":(\d{1,9})(?:-(\d{1,9}))?$", place)
    name = place if place in sources or not lines else place[: lines.start()]
    matching = [name] if name in sources else [source for source in sources if source.startswith(name) and name]
    if len(matching) != 1:
        found = "fits several of them" if matching else "is not in the index"
        raise InputError(f"The source {name[:200]!r} {found}; `articles` lists all sources.")
    if name == place or not lines:
        return matching[0], 1, 0
    first, last = int(lines[1]), int(lines[2] or lines[1])
    if not 1 <= first <= last:
        raise InputError(f"Lines {first}-{last} are no range; the first line is 1 and the range ascends.")
    return matching[0], first, last


def notes_of(collations: Iterable[Collation], pages: Callable[[str], Page]) -> dict[int, list[Note]]:
    """What other prints have otherwise, by the line of the own file at which they have it."""
    found: dict[int, list[Note]] = {}
    for collation in collations:
        starts = {source: line_starts(pages(source).text) for source in (collation.source, *collation.witnesses)}
        for line, note in _notes(collation, starts):
            found.setdefault(line, []).append(note)
    return found


def _notes(collation: Collation, starts: Mapping[str, list[int]]) -> Iterator[tuple[int, Note]]:
    line = 1  # of the last word of the own file
    for stretch in collation.stretches:
        first = stretch.readings[0]
        own = first if first.source == collation.source else None
        line = lines_of(starts[collation.source], own.spans)[0] if own else line
        for reading in stretch.against(own) if own else [stretch.reading]:
            lines = lines_of(starts[reading.source], reading.spans)
            text = own.text if own else ""
            yield line, Note("differs" if own else "gap", text, reading.source, lines, reading.spans, reading.text)
        line = lines_of(starts[collation.source], own.spans[-1:])[1] if own else line


def lines_with_articles(
    page: Page, found: Iterable[Article], first: int, last: int, notes: Mapping[int, Sequence[Note]] | None = None
) -> list[Line]:
    """The lines of a page, each with the title of its article and `notes`. Raises InputError for a shorter page."""
    owners: dict[int, str] = {}
    starts = line_starts(page.text)
    for article in found:
        for span in (*article.spans, *article.repeats):
            low, high = lines_of(starts, [span])
            owners.update(dict.fromkeys(range(low, high + 1), article.title))
    texts = [page.text[a:b].rstrip("\r\n") for a, b in zip(starts, [*starts[1:], len(page.text)], strict=True)]
    if first > len(texts):
        raise InputError(f"{page.source} has {len(texts)} lines; asked for line {first}.")
    wanted = range(first, min(last or len(texts), len(texts)) + 1)
    return [Line(n, texts[n - 1], owners.get(n), tuple((notes or {}).get(n, ()))) for n in wanted]


def lines_text(lines: Iterable[Line]) -> str:
    shown, current = [], ""
    for line in lines:
        if line.article is not None and line.article != current:
            shown.append(f"      [{line.article or 'no headline'}]")
            current = line.article
        shown.append(f"{line.number:>5} {line.text}")
        shown += [f"      {_note_text(note)}" for note in line.notes]
    return "\n".join(shown)


def _note_text(note: Note) -> str:
    place = f"{note.source}:{note.lines[0]}" + (f"-{note.lines[1]}" if note.lines[1] > note.lines[0] else "")
    if note.kind == "gap":
        return f"+ {place} {note.other}"
    return f"≠ {place} {note.text or '(nothing)'} | {note.other or '(nothing)'}"


def hit_text(hit: Hit) -> str:
    first, last = hit.passage.lines
    place = f"{hit.passage.source}:{first}-{last}"
    return f"{hit.rank}. {place}  {hit.passage.article}  ({hit.score:.3f})\n{hit.passage.text}"
