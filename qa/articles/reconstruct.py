"""The whole way from the text of a page to its articles."""

from __future__ import annotations

from collections.abc import Sequence

from qa.articles.build import build_article
from qa.articles.classify import roles
from qa.articles.lines import Line, read_lines
from qa.articles.order import mend_order
from qa.articles.repeats import repeated_lines
from qa.articles.stories import Story, split_stories
from qa.datatypes import Article, Page


def reconstruct(page: Page, twins: Sequence[Page] = ()) -> tuple[Article, ...]:
    """All articles of `page`, in page order.

    `twins` are other scans of the same page: where the text alone leaves the reading order open, it is read off
    them. Text and spans always come from `page` itself.
    """
    lines = read_lines(page.text)
    kinds = roles(lines)
    copies = {lines[i].number: lines[first].number for i, first in repeated_lines(lines).items()}
    kept = [i for i, line in enumerate(lines) if line.number not in copies]
    stories = split_stories([lines[i] for i in kept], [kinds[i] for i in kept])
    _cut_glued_copies(stories, copies)
    stories = mend_order(stories, lines)
    repeats = _repeats_by_story(stories, lines, copies)
    return tuple(build_article(page, story, repeats.get(i, [])) for i, story in enumerate(stories))


def _cut_glued_copies(stories: list[Story], copies: dict[int, int]) -> None:
    """Text that stands twice and differs in what goes before it began at one of the two places something new.

    Where the second copy goes on a story that the first copy starts in mid-sentence, the first is the stray one:
    it is cut off from what happens to stand before it.
    """
    first_copies = sorted(copies.values())
    if not first_copies:
        return
    for i, story in enumerate(stories):
        numbers = [line.number for line, _ in story.body]
        start = first_copies[0]
        after = min(copies)
        if start in numbers and numbers.index(start) > 0 and numbers[-1] < after and len(copies) > 3:
            cut = numbers.index(start)
            stories.insert(i + 1, Story(body=story.body[cut:]))
            del story.body[cut:]
            return


def _repeats_by_story(stories: Sequence[Story], lines: Sequence[Line], copies: dict[int, int]) -> dict[int, list[Line]]:
    """The repeated lines of each story: those whose first copy it holds."""
    home = {line.number: i for i, story in enumerate(stories) for line, _ in story.body}
    home |= {line.number: i for i, story in enumerate(stories) for line in story.heads}
    found: dict[int, list[Line]] = {}
    for line in lines:
        if line.number in copies and (story := home.get(copies[line.number])) is not None:
            found.setdefault(story, []).append(line)
    return found
