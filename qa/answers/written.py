"""Questions written over stories of the television news, as a reader of a paper would ask them, near misses among them.

`seeds/questions/news.jsonl.gz` holds a line for each story: its line in `xwlb_news.jsonl.gz`, counted from 0, its title
and its questions, each with the answers as they are printed, or with none where the story does not tell. They are asked
of archives of the same stories, one file each, as a user's folder would be.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from qa.answers.learning import Asked, ask
from qa.answers.pseudo import headline
from qa.answers.samples import Example, is_right
from qa.archive import Archive
from qa.text import sentences

Text = tuple[str, list[Example]]
SIZES: Final = (40, 120, 360)  # stories in one archive
_ENDING: Final = ".md"  # of their sources, which are files; examples of other texts are called FILE:LINE
QUESTIONS: Final = Path(__file__).parents[2] / "seeds" / "questions" / "news.jsonl.gz"


def written(folder: Path, file: Path = QUESTIONS) -> list[Text]:
    """The stories of `file`, the headline on the first line, each with its questions; `folder` holds the news.

    Stories that have another title there are left out. Raises OSError where either file is missing.
    """
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        asked = {record["story"]: record for record in map(json.loads, lines)}
    found = []
    with gzip.open(folder / "xwlb_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            item = json.loads(line) if number in asked else {}
            title = headline(item.get("title", ""))
            if item and title == asked[number]["title"]:
                text = f"# {title}\n\n{item['body'].strip()}\n"
                found.append(
                    (text, [_example(f"{number:06d}{_ENDING}", text, one) for one in asked[number]["questions"]])
                )
    return found


def is_written(example: Example) -> bool:
    return example.source.endswith(_ENDING)


def story_of(text: Text) -> int:
    """The line of the news file that a written text is."""
    return int(text[1][0].source.partition(".")[0])


def ask_written(texts: Sequence[Text], kept: ExitStack) -> Iterator[Asked]:
    """Every question of `texts` asked of archives of 40 to 360 of them, which stay open as long as `kept`."""
    start, turn = 0, 0
    while start < len(texts):
        part = texts[start : start + SIZES[turn % len(SIZES)]]
        start, turn = start + len(part), turn + 1
        archive = archive_of({examples[0].source: text for text, examples in part}, kept)
        asked = (ask(archive, one) for _, examples in part for one in examples if one.trick != "skip")
        yield from (one for one in asked if len(one.rows))


def archive_of(files: Mapping[str, str], kept: ExitStack) -> Archive:
    """An archive of texts by the names of their files, in a folder of its own, open as long as `kept`."""
    folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="wenbao-")))
    pages = folder / "pages"
    pages.mkdir()
    for name, text in files.items():
        pages.joinpath(name).write_text(text, encoding="utf-8")
    return kept.enter_context(Archive.build([str(pages)], str(folder / "index")))


def _example(source: str, text: str, asked: dict[str, Any]) -> Example:
    known = Example(asked["question"], source, tuple(asked["answers"]))
    if not known.gold:
        return Example(known.question, source, (), trick="given")
    telling = (text[start:end] for start, end in sentences(text) if is_right(text[start:end], known))
    sentence = next(telling, "")
    return Example(known.question, source, known.gold, sentence, "" if sentence else "skip")
