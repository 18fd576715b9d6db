"""A story merged out of several scans on the screen: both readings where they disagree, filled gaps with their file."""

from __future__ import annotations

from collections.abc import Mapping

from qa.collation import Collation, MergedParagraph, Reading, Stretch
from qa.render.answer import command_button
from qa.render.safe import escape_html
from qa.render.words import DEFAULT, lines_words, say
from qa.text import lines_of


def merged_html(collation: Collation, starts: Mapping[str, list[int]], language: str = DEFAULT) -> str:
    """The merged story. `starts` holds the line starts of every file that it is read from."""
    note = say("merged_note", language, files=say("comma", language).join(collation.witnesses))
    paragraphs = "".join(_paragraph(paragraph, collation, starts, language) for paragraph in collation.paragraphs)
    return f'<p class="wb-note">{escape_html(note)}</p><article class="wb-article wb-merged">{paragraphs}</article>'


def _paragraph(paragraph: MergedParagraph, collation: Collation, starts: Mapping[str, list[int]], language: str) -> str:
    tag = "p"
    if paragraph.kind == "headline":
        tag = "h3" if paragraph.text == collation.title else "h4"
    elif paragraph.kind == "subhead":
        tag = "h5"
    parts, before = [], collation.source
    for stretch in paragraph.stretches:
        filled = all(reading.source != collation.source for reading in stretch.readings)
        source = stretch.reading.source if filled else collation.source
        if filled and source != before:
            parts.append(_origin(stretch.reading, starts, language))
        words = _stretch(stretch, language)
        parts.append(f'<span class="wb-filled">{words}</span>' if filled else words)
        parts.append(escape_html(stretch.space))
        before = source
    return f'<{tag} class="wb-{paragraph.kind}">{"".join(parts)}</{tag}>'


def _origin(reading: Reading, starts: Mapping[str, list[int]], language: str) -> str:
    """A button that opens the file a gap is filled from."""
    place = f"{reading.source} {lines_words(lines_of(starts[reading.source], reading.spans), language)}"
    words = escape_html(say("filled", language, place=place))
    return command_button(["at", reading.source, reading.spans], "wb-open wb-link wb-origin", words)


def _stretch(stretch: Stretch, language: str) -> str:
    shown = escape_html(stretch.reading.text)
    if stretch.why not in ("majority", "words", "own"):
        return shown
    nothing = say("nothing_printed", language)
    told = [f"{reading.source}: {reading.text or nothing}" for reading in stretch.readings]
    title = escape_html("; ".join([*told, say(f"why_{stretch.why}", language)]))
    others = escape_html(" / ".join(reading.text or nothing for reading in stretch.others))
    return f'<mark class="wb-differs" title="{title}">{shown}</mark><small class="wb-other">〔{others}〕</small>'
