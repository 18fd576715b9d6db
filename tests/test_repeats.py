"""Repeats: misread in one copy or both, following themselves at once, and what is printed twice on purpose."""

import random

import pytest

from qa.articles import line_ranges, reconstruct
from qa.articles.lines import read_lines
from qa.articles.repeats import repeated_lines
from qa.articles.tagger import Tag
from qa.datatypes import Page


def _prose(seed: int, size: int = 40) -> str:
    return "".join(random.Random(seed).choices([chr(0x4E00 + n) for n in range(3000)], k=size))


def _misread(text: str, every: int, first: int) -> str:
    """Every so many letters, in turn: another one, lost, doubled."""
    ways = ("X", "", "2")
    return "".join(
        c if (n - first) % every else {"X": "误", "": "", "2": c + c}[ways[n // every % 3]] for n, c in enumerate(text)
    )


def _found(texts: list[str], tags: list[Tag] | None = None) -> dict[int, int]:
    return repeated_lines(read_lines("\n".join(texts)), tags or ["begins"] * len(texts))


@pytest.mark.parametrize("every", [12, 20, 50])
def test_a_repeat_misread_in_both_copies_is_found_line_by_line(every: int) -> None:
    first = [_misread(_prose(n), every, 3) for n in range(5)]
    again = [_misread(_prose(n), every, 9) for n in range(1, 4)]
    assert _found([*first, *again]) == {5: 1, 6: 2, 7: 3}


@pytest.mark.parametrize("width", [10, 14])
def test_a_column_misread_in_both_copies_is_found(width: int) -> None:
    text = _prose(1, 10 * width)
    lines = [text[n : n + width] for n in range(0, len(text), width)]
    again = [_misread(line, 25, n % 25) for n, line in enumerate(lines)]
    assert _found([*lines, _prose(2), *again]) == {11 + n: n for n in range(10)}


def test_a_short_sentence_that_follows_itself_at_once_is_a_repeat() -> None:
    short = _prose(3, 11)
    assert _found([_prose(1), short, short, _prose(2)]) == {2: 1}
    assert _found([_prose(1), short, _prose(2), short]) == {}


def test_an_answer_that_takes_up_the_words_of_its_question_is_no_repeat() -> None:
    words = _prose(3, 18)
    assert _found([_prose(1), f"问:{words}?", f"答:{words},{_prose(4)}"]) == {}


def test_the_same_form_with_other_words_in_it_is_no_repeat() -> None:
    forms = [_prose(n, 16) for n in range(3)]
    one, other = (forms[0] + _prose(10 + n, 7) + forms[1] + _prose(20 + n, 7) + forms[2] for n in range(2))
    assert _found([one, _prose(9), other]) == {}


def test_what_two_stories_tell_alike_under_their_own_headlines_is_no_repeat() -> None:
    told = [_prose(1, 60), _prose(2, 60)]
    tags: list[Tag] = ["headline", "begins", "begins"]
    assert _found([_prose(5, 12), *told, _prose(6, 12), *told], [*tags, *tags]) == {}


def test_a_tail_that_stands_again_at_the_end_of_another_story_is_a_repeat() -> None:
    first, other = [_prose(1, 60), _prose(2, 60)], [_prose(3, 60), _prose(2, 60)]
    tags: list[Tag] = ["headline", "begins", "begins"]
    assert _found([_prose(5, 12), *first, _prose(6, 12), *other], [*tags, *tags]) == {5: 2}


def test_words_of_english_that_many_sentences_share_are_no_repeat() -> None:
    one = "The ministry said on Monday that the government would support small farms in the north of the country."
    other = "The ministry said on Friday that the government would not comment on prices in the capital this year."
    assert _found([one, _prose(1), other]) == {}


def test_an_english_paragraph_scanned_twice_is_found_though_misread() -> None:
    one = "A volunteer hauled two bags of flour up the stairs, and nobody in the old mill asked her why she came."
    assert _found([one, _prose(1), one.replace("flour", "fl0ur").replace("old", "o1d")]) == {2: 0}


@pytest.mark.parametrize("texts", [[], ["a"], ["一"], ["同", "同", "同"]])
def test_pages_too_short_for_repeats_have_none(texts: list[str]) -> None:
    assert _found(texts) == {}


@pytest.mark.parametrize("times", [2, 3, 4])
def test_every_copy_of_a_paragraph_belongs_to_the_story_of_the_first(times: int) -> None:
    tail = "镇上的居民说,往后进城不用再看天色,卖菜的也不怕误了早市,孩子们上学能少走三里山路。"
    head = ["# 河口镇渡船昨天停航", "本报讯 记者丁一山报道 昨天清晨,河口镇的渡船最后一次靠岸。"]
    text = "\n\n".join([*head, *[tail] * times])
    (article,) = reconstruct(Page("p.txt", text))
    assert [text[first:last] for first, last in article.repeats] == [tail] * (times - 1)
    assert line_ranges(article, text) == [[1, 3 + 2 * times]]
    assert sum(tail in paragraph.text for paragraph in article.paragraphs) == 1
