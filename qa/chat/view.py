"""The parts of the page as HTML: masthead, conversation, source pane, contents. Pure functions, all text escaped.

Every button names its class and carries its command as JSON in its value; `page.js` hands it to the server.
Gradio's Markdown component shows the HTML, so it must stand on one line (a line break could start Markdown again).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from qa.chat.records import record_of
from qa.collation import Collation
from qa.datatypes import Answer, Article, Citation, Hit, Page, Span
from qa.render import (
    answer_html,
    answer_text,
    article_html,
    article_of,
    citation_gbt7714,
    citation_markdown,
    citation_text,
    command_button,
    difference_html,
    escape_html,
    hits_html,
    merged_html,
    page_html,
    say,
)
from qa.render.citation import place_words
from qa.render.words import lines_words
from qa.text import line_starts, lines_of, sheet_at

FRONT = 60  # headlines shown before anything was opened


class Merged(NamedTuple):
    """A story merged with its other prints, and for every file of them where its lines begin."""

    collation: Collation
    starts: Mapping[str, list[int]]


def one_line(html: str) -> str:
    """`html` without line breaks; those inside texts become references that show the same."""
    return html.replace("\r", "&#13;").replace("\n", "&#10;")


def masthead(status: Mapping[str, Any], language: str) -> str:
    """The newspaper's head: name, motto, what is in the index, the switch for light and dark."""
    counts = {name: status.get(name, 0) for name in ("pages", "articles", "passages")}
    edition = escape_html(say("edition", language, **counts))
    theme = escape_html(say("theme", language))
    return one_line(
        f'<header class="wb-mast" lang="{language}"><div class="wb-ear">{edition}</div>'
        f"<h1>{escape_html(say('name', language))}</h1>"
        f'<div class="wb-ear wb-motto">{escape_html(say("motto", language))}</div>'
        f'<button type="button" class="wb-theme" title="{theme}"><span class="wb-sr">{theme}</span>◐</button></header>'
    )


def conversation(
    answers: Sequence[Answer], language: str, pending: str = "", notice: str = "", ideas: Sequence[str] = (),
    growing: bool = False,
) -> str:  # fmt: skip
    """All turns, then the question being answered, a notice, or questions to ask (next). The browser keeps the last
    turn unless it is still `growing`."""
    parts = [turn_html(answer, turn, language, turn == len(answers) - 1) for turn, answer in enumerate(answers)]
    if pending:
        stop = f'<button type="button" class="wb-stop wb-link">{escape_html(say("stop", language))}</button>'
        waiting = f'<p class="wb-reading" role="status">{escape_html(say("reading", language))} {stop}</p>'
        parts.append(f'<section class="wb-turn wb-last">{_question_html(pending, language)}{waiting}</section>')
    if notice:
        parts.append(f'<p class="wb-notice" role="alert">{escape_html(notice)}</p>')
    if answers and not growing:
        parts.append(
            f'<span class="wb-record" title="{escape_html(record_of(answers[-1], len(answers) - 1, language))}"></span>'
        )
    if ideas:
        parts.append(ideas_html(ideas, say("next" if answers else "examples", language)))
    return one_line(f'<div class="wb-conversation" lang="{language}">{"".join(parts)}</div>')


def note(words: str, role: str = "status") -> str:
    """A sentence to the reader; `role` "alert" for one about what went wrong."""
    name = "wb-notice" if role == "alert" else "wb-note"
    return one_line(f'<p class="{name}" role="{role}">{escape_html(words)}</p>')


def ready(names: Sequence[str], language: str) -> str:
    """The visitor's files that can be asked, each with a button that removes it."""
    label = escape_html(say("remove_one", language))
    buttons = (
        command_button([name], "wb-withdraw wb-link", f'<span class="wb-sr">{label} </span>{escape_html(name)} ×')
        for name in names
    )
    rows = "".join(f"<li>{button}</li>" for button in buttons)
    return note(say("uploaded", language, files=", ".join(names))) + one_line(f'<ul class="wb-mine">{rows}</ul>')


def turn_html(answer: Answer, turn: int, language: str, last: bool = False) -> str:
    """One question with its answer and what can be done with it."""
    return (
        f'<section class="wb-turn{" wb-last" if last else ""}">{_question_html(answer.question, language)}'
        f"{answer_html(answer, language, turn)}{_tools_html(answer, turn, language)}</section>"
    )


def _question_html(question: str, language: str) -> str:
    label = escape_html(say("you_asked", language))
    return f'<h2 class="wb-question"><span class="wb-label">{label}</span> {escape_html(question)}</h2>'


def _tools_html(answer: Answer, turn: int, language: str) -> str:
    copied = f"{answer.question}\n\n{answer_text(answer, language)}"
    tools = [
        copy_button(copied, say("copy_answer", language)),
        command_button(["retry", turn], "wb-turn-tool wb-link", escape_html(say("retry", language))),
        command_button(["edit", turn], "wb-turn-tool wb-link", escape_html(say("edit", language))),
        _verdict_button("good", "✓", turn, say("good", language), ""),
        _verdict_button("bad", "✗", turn, say("bad", language), say("comment", language)),
    ]
    return f'<p class="wb-tools">{"".join(tools)}</p>'


def _verdict_button(verdict: str, sign: str, turn: int, label: str, comment: str) -> str:
    """A verdict on the answer; `comment` is what the reader is asked for, kept in the title."""
    value = escape_html(json.dumps([verdict, turn]))
    title = f' title="{escape_html(comment)}"' if comment else ""
    return f'<button type="button" class="wb-judge wb-link" value="{value}"{title}>{sign} {escape_html(label)}</button>'


def history(language: str) -> str:
    """The frame in which the browser lists the conversations it keeps, with the words it needs."""
    words = {key: say(key, language) for key in ("rename", "delete", "export", "no_history", "thanks", "new_name")}
    told = escape_html(json.dumps(words, ensure_ascii=False))
    note = escape_html(say("history_note", language))
    return one_line(f'<div class="wb-history" title="{told}"><p class="wb-note">{note}</p><ol></ol></div>')


def copy_button(text: str, label: str) -> str:
    """A button that copies `text`."""
    return f'<button type="button" class="wb-copy wb-link" value="{escape_html(text)}">{escape_html(label)}</button>'


def ideas_html(questions: Sequence[str], label: str) -> str:
    """Questions to click, as a column of headlines."""
    texts = [escape_html(question) for question in questions]
    rows = "".join(f'<li><button type="button" class="wb-idea" value="{text}">{text}</button></li>' for text in texts)
    return f'<nav class="wb-ideas"><p class="wb-label">{escape_html(label)}</p><ul>{rows}</ul></nav>'


def front_pane(articles: Sequence[Article], language: str) -> str:
    """The source pane before anything was opened: the headlines of all pages, at most FRONT of them."""
    rows: list[str] = []
    source = ""
    for article in [article for article in articles if article.title][:FRONT]:
        if article.source != source:
            source = article.source
            rows.append(f'<li class="wb-file">{escape_html(source)}</li>')
        rows.append(f"<li>{_headline_html(article, language)}</li>")
    hint = escape_html(say("pane_empty", language))
    label = escape_html(say("contents", language))
    return one_line(
        f'<div class="wb-pane wb-front" lang="{language}"><p class="wb-note">{hint}</p>'
        f'<p class="wb-label">{label}</p><ol>{"".join(rows)}</ol></div>'
    )


def _headline_html(article: Article, language: str) -> str:
    command = ["at", article.source, article.spans[:1], "article"]
    section = f'<span class="wb-section">{escape_html(article.section)}</span> ' if article.section else ""
    title = escape_html(article.title or say("untitled", language))
    return section + command_button(command, "wb-open wb-headline", title)


def cited_pane(
    page: Page, articles: Sequence[Article], answer: Answer, turn: int, n: int, view: str, language: str,
    merged: Merged | None = None,
) -> str:  # fmt: skip
    """The source pane at citation `n` of `answer`: article or page, neighbours, witnesses, ways to cite."""
    citation = next(citation for citation in answer.citations if citation.n == n)
    article = article_of(articles, citation.source, citation.spans)
    numbers = [citation.n for citation in answer.citations]
    head = f'<span class="wb-label">{escape_html(say("source", language, n=f"{n}/{len(numbers)}"))}</span>'
    place = numbers.index(n)
    steps = [(numbers[place - 1] if place else None, "previous", "←"), ((*numbers, None)[place + 1], "following", "→")]
    for other, word, arrow in steps:
        label = f'<span class="wb-sr">{escape_html(say(word, language))}</span>{arrow}'
        head += command_button(["cite", turn, other, view], "wb-open wb-step", label) if other else ""
    body = pane_body(page, articles, article, citation.spans, ["cite", turn, n], view, language, head, merged)
    return one_line(
        f'<div class="wb-pane" lang="{language}">{body}'
        f"{witnesses_html(citation, language)}{cite_tools(citation, article, language)}</div>"
    )


def place_pane(
    page: Page, articles: Sequence[Article], spans: Sequence[Span], view: str, language: str,
    merged: Merged | None = None,
) -> str:  # fmt: skip
    """The source pane at `spans` of a page; without spans, the whole page."""
    article = article_of(articles, page.source, spans)
    body = pane_body(page, articles, article, spans, ["at", page.source, list(spans)], view, language, "", merged)
    return one_line(f'<div class="wb-pane" lang="{language}">{body}</div>')


def pane_body(
    page: Page, articles: Sequence[Article], article: Article | None, spans: Sequence[Span], command: list[Any],
    view: str, language: str, head: str = "", merged: Merged | None = None,
) -> str:  # fmt: skip
    """What stays in sight (`head`, file and lines, the choice between article and page text), and the view chosen."""
    lines = lines_of(line_starts(page.text), spans)
    where = page.source
    if lines[0]:
        sheet = sheet_at(page.text, spans[0][0])
        printed = f" · {say('sheet', language, n=sheet)}" if sheet else ""
        where = f"{page.source}{printed} · {lines_words(lines, language)}"
    names = [*(["article"] if article else []), "page", *(["merged"] if merged else [])]
    chosen = view if view in names else names[0]
    buttons = "".join(_view_button([*command, n], say(f"view_{n}", language), n != chosen) for n in names)
    if chosen == "merged" and merged:
        shown = merged_html(merged.collation, merged.starts, language)
    elif chosen == "article" and article:
        shown = article_html(page, article, spans, language)
    else:
        shown = page_html(page, articles, spans, language)
    top = f'<div class="wb-pane-head">{head}<span class="wb-file">{escape_html(where)}</span></div>'
    return f'<div class="wb-pane-top">{top}<div class="wb-views">{buttons}</div></div>{shown}'


def _view_button(command: list[Any], label: str, other: bool) -> str:
    return command_button(command, "wb-open wb-view" + ("" if other else " wb-current"), escape_html(label))


def witnesses_html(citation: Citation, language: str) -> str:
    """The other copies of the cited words, their differing characters marked."""
    rows = []
    for witness in citation.also_in:
        place = escape_html(place_words(witness, language))
        button = command_button(["at", witness.source, witness.spans], "wb-open wb-link", place)
        words = difference_html(citation.quote, witness.quote)
        same = "" if "<mark" in words or "<del" in words else f" <small>{escape_html(say('same', language))}</small>"
        rows.append(f"<li>{button}{same}<p>{words}</p></li>")
    if not rows:
        return ""
    label, hint = escape_html(say("also_in", language)), escape_html(say("also_hint", language))
    head = f'<p class="wb-label">{label}</p><small>{hint}</small>'
    return f'<section class="wb-also">{head}<ul>{"".join(rows)}</ul></section>'


def cite_tools(citation: Citation, article: Article | None, language: str) -> str:
    """Copy the citation as plain text, Markdown or GB/T 7714."""
    forms = [
        (citation_text(citation, language), say("plain", language)),
        (citation_markdown(citation, language), "Markdown"),
        (citation_gbt7714(citation, article), "GB/T 7714"),
    ]
    buttons = "".join(copy_button(text, label) for text, label in forms)
    return f'<p class="wb-tools"><span class="wb-label">{escape_html(say("cite_as", language))}</span>{buttons}</p>'


def contents(page: Page, articles: Sequence[Article], language: str) -> str:
    """The articles of a page as a table of contents, each a button that opens it."""
    starts = line_starts(page.text)
    rows = []
    for article in articles:
        lines = escape_html(", ".join(lines_words(block, language) for block in line_blocks(starts, article.spans)))
        byline = f" · {escape_html(article.byline)}" if article.byline else ""
        rows.append(f"<li>{_headline_html(article, language)}<small>{lines}{byline}</small></li>")
    whole = command_button(["at", page.source, [], "page"], "wb-open wb-link", escape_html(say("whole_page", language)))
    return one_line(f'<div class="wb-contents"><p>{whole}</p><ol>{"".join(rows)}</ol></div>')


def line_blocks(starts: list[int], spans: Sequence[Span]) -> list[Span]:
    """The blocks of lines, first and last from 1, that `spans` stand in; a gap of blank lines or one line is none."""
    blocks: list[Span] = []
    for first, last in sorted(lines_of(starts, [span]) for span in spans):
        if blocks and first <= blocks[-1][1] + 2:
            blocks[-1] = (blocks[-1][0], max(last, blocks[-1][1]))
        else:
            blocks.append((first, last))
    return blocks


def found(hits: Sequence[Hit], language: str) -> str:
    """Search results."""
    count = escape_html(say("found", language, count=len(hits)) if hits else say("nothing", language))
    return one_line(f'<div class="wb-found"><p class="wb-label">{count}</p>{hits_html(hits, language)}</div>')
