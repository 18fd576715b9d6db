"""An answer as plain text, Markdown and HTML. Its sentences carry the numbers of the citations that support them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise

from qa.datatypes import Answer, Hit, Witness
from qa.render.citation import citation_markdown, differences_words, place_words, title_words
from qa.render.safe import escape_html, escape_markdown, visible
from qa.render.words import DEFAULT, confidence_words, say
from qa.text import squeeze


def numbered(answer: Answer) -> list[tuple[str, list[int]]]:
    """The answer text cut after each cited quote: (piece, numbers of the citations that end there), in order.

    A citation whose quote is not part of the answer text stands at the end of the last piece. A retold answer has its
    numbers in the text.
    """
    if answer.written and not answer.written.failure:
        parts = re.findall(r"(.*?)((?:\[\d+\])+|$)", answer.answer, re.DOTALL)
        return [(text, [int(n) for n in re.findall(r"\d+", marks)]) for text, marks in parts if text or marks]
    kept = [i for i, character in enumerate(answer.answer) if not character.isspace()]
    bare = squeeze(answer.answer)
    ends: dict[int, list[int]] = {}
    for citation in answer.citations:
        quote = squeeze(citation.quote)
        at = bare.find(quote)
        end = kept[at + len(quote) - 1] + 1 if at >= 0 and quote else len(answer.answer)
        ends.setdefault(end, []).append(citation.n)
    cuts = [0, *sorted({*ends, len(answer.answer)} - {0})]
    return [(answer.answer[a:b], ends.get(b, [])) for a, b in pairwise(cuts)]


def status_words(answer: Answer, language: str = DEFAULT) -> str:
    """What the status means to the reader, "" for an answer that needs no warning."""
    words = "、".join(answer.missing) if language != "en" else ", ".join(answer.missing)
    if answer.status == "partial":
        return say("partial", language, words=words) if words else say("partial_plain", language)
    if answer.status == "not_found":
        return say("not_found", language)
    return say("error", language) if answer.status == "error" else ""


def missing_words(answer: Answer, language: str = DEFAULT) -> str:
    """For an answer that was not found: the words no article holds together, in a sentence, else ""."""
    if answer.status != "not_found" or not answer.missing:
        return ""
    comma = ", " if language == "en" else "、"
    key = "missing_words" if len(answer.missing) > 1 else "missing_word"
    return say(key, language, words=comma.join(answer.missing))


def answer_text(answer: Answer, language: str = DEFAULT) -> str:
    """`answer` for a terminal: short answer, numbered sentences, confidence, citations; or the nearest passages."""
    lines = [understood_words(answer, language), status_words(answer, language), missing_words(answer, language)]
    if answer.short_answer:
        lines.append(f"{say('in_short', language)}  {answer.short_answer}")
    if answer.answer:
        marked = ((piece, "".join(f"[{n}]" for n in numbers)) for piece, numbers in numbered(answer))
        lines.append("".join(piece.rstrip(" ") + marks for piece, marks in marked))
    lines += [words for words in (claims_words(answer, language), written_words(answer, language)) if words]
    if answer.citations:
        percent = f"{answer.confidence:.0%}"
        lines.append(f"{say('confidence', language)}  {confidence_words(answer.confidence, language)} ({percent})")
        lines += ["", say("sources", language), *_citation_lines(answer, language)]
    if answer.status == "not_found" and answer.passages:
        lines += ["", say("nearest", language), *(_hit_line(hit, language) for hit in answer.passages)]
    return visible("\n".join(line for i, line in enumerate(lines) if line or i > 2).lstrip("\n"))


def written_words(answer: Answer, language: str = DEFAULT) -> str:
    """Who retold the answer and what was left out, or why it was not retold; "" where no model was asked."""
    written = answer.written
    if written is None:
        return ""
    if written.failure:
        return say(f"unwritten_{written.failure}", language)
    dropped = " " + say("dropped", language, count=len(written.dropped)) if written.dropped else ""
    return say("written", language, model=written.by) + dropped


def claims_words(answer: Answer, language: str = DEFAULT) -> str:
    """What several reports say, with their numbers: the value they agree on, or each value that one of them gives."""
    marked = [
        (claim.value, len(claim.citations), "".join(f"[{n}]" for n in claim.citations)) for claim in answer.claims
    ]
    if len(marked) == 1:
        value, count, numbers = marked[0]
        return say("agreed", language, count=count, value=value) + numbers
    comma, colon = ("; ", ": ") if language == "en" else ("；", "：")
    return say("disagreed", language) + colon + comma.join(v + numbers for v, _, numbers in marked) if marked else ""


def understood_words(answer: Answer, language: str = DEFAULT) -> str:
    """The question as it was understood, when that differs from what was asked, else ""."""
    if squeeze(answer.understood_as) in ("", squeeze(answer.question)):
        return ""
    return say("understood", language, question=answer.understood_as)


def _citation_lines(answer: Answer, language: str) -> list[str]:
    lines = []
    for citation in answer.citations:
        lines.append(f"[{citation.n}] {place_words(citation, language)} {title_words(citation.article, language)}")
        lines += [f"    {citation.quote}"]
        lines += [f"    {_witness_words(witness, language)}" for witness in citation.also_in]
        lines += [f"    ! {say('changed', language)}"] if citation.changed else []
    return lines


def _witness_words(witness: Witness, language: str) -> str:
    differs = differences_words(witness.differs, language)
    return f"{say('also_in', language)} {place_words(witness, language)}" + (f": {differs}" if differs else "")


def _hit_line(hit: Hit, language: str) -> str:
    where = f"{place_words(hit.passage, language)} {title_words(hit.passage.article, language)}"
    return f"{hit.rank}. {where}\n    {shorten(hit.passage.text)}"


def shorten(text: str, length: int = 90) -> str:
    """`text` on one line, cut after `length` characters with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[:length] + "…"


def answer_markdown(answer: Answer, language: str = DEFAULT) -> str:
    """`answer` as Markdown: the question as a heading, the numbered answer, then its citations."""
    parts = [f"## {escape_markdown(answer.question)}"]
    for note in (understood_words(answer, language), status_words(answer, language), missing_words(answer, language)):
        parts += [f"*{escape_markdown(note)}*"] if note else []
    if answer.short_answer:
        parts.append(f"**{escape_markdown(answer.short_answer)}**")
    if answer.answer:
        marked = ((escape_markdown(piece), numbers) for piece, numbers in numbered(answer))
        parts.append("".join(piece + "".join(f" \\[{n}\\]" for n in numbers) for piece, numbers in marked))
    said = (claims_words(answer, language), written_words(answer, language))
    parts += [f"*{escape_markdown(words)}*" for words in said if words]
    parts += [citation_markdown(citation, language=language) for citation in answer.citations]
    if answer.status == "not_found" and answer.passages:
        hits = (escape_markdown(_hit_line(hit, language).split("\n")[0]) for hit in answer.passages)
        parts += [f"*{escape_markdown(say('nearest', language))}*", *(f"- {line}" for line in hits)]
    return "\n\n".join(parts) + "\n"


def answer_html(answer: Answer, language: str = DEFAULT, turn: int = 0) -> str:
    """`answer` as HTML, all text escaped. Citation numbers are buttons of value ["cite", turn, n] (JSON)."""
    notes = [
        ("understood", understood_words(answer, language)),
        ("status", status_words(answer, language)),
        ("missing", missing_words(answer, language)),
    ]
    parts = [f'<p class="wb-{name}">{escape_html(note)}</p>' for name, note in notes if note]
    if answer.short_answer:
        label = escape_html(say("in_short", language))
        short = escape_html(answer.short_answer)
        parts.append(f'<p class="wb-short"><span class="wb-label">{label}</span> <strong>{short}</strong></p>')
    if answer.answer:
        parts.append(f'<p class="wb-text">{_numbered_html(answer, language, turn)}</p>')
    if answer.claims:
        parts.append(f'<p class="wb-note wb-claims">{escape_html(claims_words(answer, language))}</p>')
    if answer.written:
        parts.append(f'<p class="wb-note wb-written">{escape_html(written_words(answer, language))}</p>')
    if answer.citations:
        parts.append(_confidence_html(answer.confidence, language))
        parts.append(_sources_html(answer, language, turn))
    if answer.status == "not_found" and answer.passages:
        parts.append(f'<p class="wb-label">{escape_html(say("nearest", language))}</p>')
        parts.append(hits_html(answer.passages, language))
    return f'<div class="wb-answer wb-{escape_html(answer.status)}">{"".join(parts)}</div>'


def _numbered_html(answer: Answer, language: str, turn: int) -> str:
    pieces = ((escape_html(piece).replace("\n", "<br>"), numbers) for piece, numbers in numbered(answer))
    return "".join(piece + "".join(_number_html(n, language, turn) for n in numbers) for piece, numbers in pieces)


def _number_html(n: int, language: str, turn: int) -> str:
    label = f'<span class="wb-sr">{escape_html(say("source", language, n=""))}</span>'
    return command_button(["cite", turn, n], "wb-cite", label + str(n))


def command_button(command: Sequence[object], name: str, inner: str) -> str:
    """A button of class `name` whose value is `command` as JSON; `inner` is HTML."""
    value = escape_html(json.dumps(command, ensure_ascii=True))
    return f'<button type="button" class="{name}" value="{value}">{inner}</button>'


def _confidence_html(confidence: float, language: str) -> str:
    label = escape_html(say("confidence", language))
    words = escape_html(confidence_words(confidence, language))
    percent = f"{confidence:.0%}"
    bar = f'<span class="wb-bar" aria-hidden="true"><span style="width:{percent}"></span></span>'
    return f'<p class="wb-confidence"><span class="wb-label">{label}</span> {bar} {words} <small>{percent}</small></p>'


def _sources_html(answer: Answer, language: str, turn: int) -> str:
    rows = []
    for citation in answer.citations:
        title = escape_html(title_words(citation.article, language))
        witnesses = (escape_html(_witness_words(witness, language)) for witness in citation.also_in)
        also = "".join(f"<small> · {words}</small>" for words in witnesses)
        changed = f'<small class="wb-warn"> {escape_html(say("changed", language))}</small>' if citation.changed else ""
        place = f"<small>{escape_html(place_words(citation, language))}</small>"
        rows.append(f"<li>{_number_html(citation.n, language, turn)} {title} {place}{also}{changed}</li>")
    return f'<ol class="wb-sources" aria-label="{escape_html(say("sources", language))}">{"".join(rows)}</ol>'


def hits_html(hits: Sequence[Hit], language: str = DEFAULT) -> str:
    """Passages as a list; each title is a button of value ["at", source, spans] (JSON)."""
    rows = []
    for hit in hits:
        passage = hit.passage
        title = escape_html(title_words(passage.article, language))
        button = command_button(["at", passage.source, passage.spans], "wb-hit", title)
        place = escape_html(place_words(passage, language))
        rows.append(f"<li>{button} <small>{place}</small><p>{escape_html(shorten(passage.text, 120))}</p></li>")
    return f'<ol class="wb-hits">{"".join(rows)}</ol>'
