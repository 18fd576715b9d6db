"""The whole way from the text of a page to its articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa.articles.briefs import part_briefs
from qa.articles.build import build_article
from qa.articles.ends import detach, find_homes
from qa.articles.facts import facts_of
from qa.articles.lines import Line, read_lines
from qa.articles.moves import bring_home
from qa.articles.order import mend_order
from qa.articles.repeats import repeated_lines, stray_first_copies
from qa.articles.stories import Story, correct_tags, split_stories
from qa.articles.strays import send_home
from qa.articles.tagger import tag_lines
from qa.articles.titles import Habits
from qa.articles.twins import Twin, homes_in
from qa.datatypes import Article, Page


def reconstruct(page: Page, twins: Sequence[Page] = ()) -> tuple[Article, ...]:
    """All articles of `page`, in page order.

    `twins` are other scans of the same page: where the text alone leaves the reading order open, it is read off
    them. Text and spans always come from `page` itself.
    """
    lines = part_briefs(read_lines(page.text))
    tags = correct_tags(lines, tag_lines(lines))
    scans = [Twin(twin.text) for twin in twins]
    copies = repeated_lines(lines, tags)
    strays = homes_in(scans, lines, tags, copies) | stray_first_copies(lines, tags, copies)
    for first in strays:
        tags[first] = "detached"
    kept = [i for i in range(len(lines)) if i not in copies]
    stories = split_stories([lines[i] for i in kept], [tags[i] for i in kept])
    stories = bring_home(stories, {lines[first].number for first in strays})
    ends = find_homes(stories)
    detach(stories, ends)
    homes = ends | {lines[first].number: lines[before].number for first, before in strays.items()}
    stories = mend_order(stories, lines, homes, scans, set(ends.values()))
    send_home(stories)
    repeats = _repeats_by_story(stories, lines, copies)
    habits = Habits.of(story.heads for story in stories)
    built = [build_article(page, story, repeats.get(i, []), habits) for i, story in enumerate(stories)]
    facts = facts_of(built, page.text)
    return tuple(replace(article, facts=found) for article, found in zip(built, facts, strict=True))


def _repeats_by_story(stories: Sequence[Story], lines: Sequence[Line], copies: dict[int, int]) -> dict[int, list[Line]]:
    """The repeated lines of each story: those whose first copy it holds."""
    home = {line.number: i for i, story in enumerate(stories) for line, _ in story.body}
    found: dict[int, list[Line]] = {}
    for again, first in copies.items():
        while first in copies:  # a third copy repeats the second
            first = copies[first]
        story = home.get(lines[first].number)
        if story is not None:
            found.setdefault(story, []).append(lines[again])
    return found
