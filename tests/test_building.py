"""Indexing runs: what is read, kept, renamed and removed, and what is left behind when one goes wrong."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from qa import archive as archive_module
from qa.archive import Archive
from qa.archive.building import reader_fingerprint
from qa.archive.parts import indexed_text
from qa.datatypes import Passage
from qa.errors import IndexDamaged, IndexLocked, InputError, ModelError
from qa.store import writing

STORY = "# 图书馆延长开放时间\n\n本报讯 市图书馆从本月起延长开放时间,每晚九点闭馆,周末照常开放。读者表示欢迎。\n"
OTHER = "# 新桥通车\n\n本报讯 连接两岸的新桥昨天通车,全长八百米,双向四车道,过江时间缩短了二十分钟。\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def sources(index: Path) -> list[str]:
    with Archive.open(index) as archive:
        return archive.sources()


# --- names ------------------------------------------------------------------------------------------------------------


def test_files_of_one_name_in_two_folders_both_get_in(tmp_path: Path) -> None:
    one, two = write(tmp_path / "monday/p.txt", STORY), write(tmp_path / "tuesday/p.txt", OTHER)
    with Archive.build([one.parent, two.parent], tmp_path / "index") as archive:
        assert archive.sources() == ["monday/p.txt", "tuesday/p.txt"]
        assert archive.page("tuesday/p.txt").text == OTHER


def test_a_file_that_comes_later_does_not_take_the_name_of_one_that_is_there(tmp_path: Path) -> None:
    one, two = write(tmp_path / "monday/p.txt", STORY), write(tmp_path / "tuesday/p.txt", OTHER)
    Archive.build([one.parent], tmp_path / "index").close()
    with Archive.build([two.parent], tmp_path / "index") as archive:
        assert archive.sources() == ["p.txt", "tuesday/p.txt"]
        assert archive.page("p.txt").text == STORY
    with Archive.build([one, two], tmp_path / "index") as archive:
        assert archive.summary is not None and archive.summary.unchanged == 2


def test_the_name_of_a_file_that_is_gone_is_free_again(tmp_path: Path) -> None:
    one = write(tmp_path / "monday/p.txt", STORY)
    Archive.build([one], tmp_path / "index").close()
    one.unlink()
    two = write(tmp_path / "tuesday/p.txt", OTHER)
    with Archive.build([two], tmp_path / "index") as archive:
        assert archive.sources() == ["p.txt"] and archive.page("p.txt").text == OTHER


def test_a_name_that_is_no_text_can_be_indexed_searched_and_shown(tmp_path: Path) -> None:
    import os

    folder = tmp_path / "papers"
    folder.mkdir()
    Path(folder, os.fsdecode(b"\xff\n.txt")).write_text(STORY, encoding="utf-8")
    with Archive.build([folder], tmp_path / "index") as archive:
        (name,) = archive.sources()
        assert name == "\\udcff\\n.txt" and not archive.changed(name)
        assert archive.search("图书馆")[0].to_dict()["source"] == name
        assert archive.verify(deep=True) == []


# --- what goes in -----------------------------------------------------------------------------------------------------


def test_a_page_without_any_letters_is_stored_and_found_by_nothing(tmp_path: Path) -> None:
    write(tmp_path / "papers/dashes.txt", "---\n\n***\n\n……\n")
    write(tmp_path / "papers/story.txt", STORY)
    with Archive.build([tmp_path / "papers"], tmp_path / "index") as archive:
        assert archive.sources() == ["dashes.txt", "story.txt"]
        for mode in ("hybrid", "sparse"):
            assert archive.search("图书馆几点闭馆", mode=mode)[0].passage.source == "story.txt"
        assert archive.verify(deep=True) == []


MONSTERS = ["字" * 300_000, "\n" * 100_000 + STORY, "一二三四五六七八九十。" * 2_000, STORY * 300]


@pytest.mark.parametrize("text", MONSTERS, ids=["one word", "empty lines", "one sentence", "one story"])
def test_monstrous_pages_are_indexed_in_bounded_time(tmp_path: Path, text: str) -> None:
    write(tmp_path / "papers/monster.txt", text)
    with Archive.build([tmp_path / "papers"], tmp_path / "index") as archive:
        assert archive.passage_count > 0 and archive.verify() == []


NO_STORIES = ["通知", "The library opens late.", "张三 90\n李四 80\n", "  今日头条\r\n\r\n天气晴  \n农历八月十五"]


@pytest.mark.parametrize("text", NO_STORIES)
def test_text_that_is_no_story_is_found_all_the_same(tmp_path: Path, text: str) -> None:
    write(tmp_path / "papers/p.txt", text)
    with Archive.build([tmp_path / "papers"], tmp_path / "index") as archive:
        (hit,) = archive.search(text)
        assert hit.passage.text.split() == text.split()
        assert archive.verify(deep=True) == []


def test_a_page_taken_whole_is_cut_into_pieces_that_hold_all_of_it() -> None:
    from qa.archive.segments import whole
    from qa.datatypes import Page

    text = "  通知 \r\n\n" + "没有标点的一行 " * 200 + "\n完"
    (article,) = whole(Page("p.txt", text))
    assert max(len(paragraph.text) for paragraph in article.paragraphs) <= 300
    covered = {place for first, last in article.spans for place in range(first, last)}
    assert all(place in covered or character.isspace() for place, character in enumerate(text))
    for paragraph in article.paragraphs:
        assert [text[first:last] for first, last in paragraph.spans] == [paragraph.text]


def test_headlines_are_searched_with_every_passage_but_not_twice() -> None:
    first = Passage("图书馆 延长开放时间 本报讯", ((0, 14),), context="图书馆 延长开放时间")
    later = Passage("读者表示欢迎。", ((20, 27),), context="图书馆 延长开放时间")
    assert indexed_text(first) == first.text
    assert indexed_text(later) == "图书馆 延长开放时间\n读者表示欢迎。"
    assert indexed_text(Passage("无题。", ((0, 3),))) == "无题。"


def test_progress_rises_to_the_number_of_passages(tmp_path: Path) -> None:
    write(tmp_path / "papers/p.txt", STORY)
    seen: list[tuple[int, int]] = []
    with Archive.build([tmp_path / "papers"], tmp_path / "index", progress=lambda *step: seen.append(step)) as archive:
        assert seen == sorted(seen) and seen[-1] == (archive.passage_count, archive.passage_count)


def test_the_reader_fingerprint_is_steady_and_names_its_code() -> None:
    assert reader_fingerprint() == reader_fingerprint() and len(reader_fingerprint()) == 16


# --- when it goes wrong -----------------------------------------------------------------------------------------------


@pytest.fixture
def index(tmp_path: Path) -> Path:
    write(tmp_path / "papers/p.txt", STORY)
    Archive.build([tmp_path / "papers"], tmp_path / "index").close()
    return tmp_path / "index"


def test_an_encoder_that_fails_leaves_the_old_index(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = archive_module.load_encoder

    def broken(name: str | None) -> Any:
        encoder: Any = load(name)

        def fail(texts: object) -> None:
            raise ModelError("The model gave numbers that are not finite.")

        encoder.token_ids = fail
        return encoder

    monkeypatch.setattr(archive_module, "load_encoder", broken)
    write(index.parent / "papers/q.txt", OTHER)
    with pytest.raises(ModelError, match="not finite"):
        Archive.build([index.parent / "papers"], index)
    assert sources(index) == ["p.txt"] and not list(index.glob("tmp-*"))


def test_an_interrupted_run_leaves_the_old_index_and_the_next_one_finishes(index: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    write(index.parent / "papers/q.txt", OTHER)
    with pytest.raises(KeyboardInterrupt):
        Archive.build([index.parent / "papers"], index, progress=interrupt)
    assert sources(index) == ["p.txt"]
    Archive.build([index.parent / "papers"], index).close()
    assert sources(index) == ["p.txt", "q.txt"]


def test_two_runs_at_once_are_one_run_and_a_sentence(index: Path) -> None:
    write(index.parent / "papers/q.txt", OTHER)
    with writing(index), pytest.raises(IndexLocked, match="being written by another process"):
        Archive.build([index.parent / "papers"], index)
    Archive.build([index.parent / "papers"], index).close()
    assert sources(index) == ["p.txt", "q.txt"]


def test_many_runs_from_threads_never_mix(index: Path) -> None:
    refused: list[BaseException] = []

    def run(number: int) -> None:
        try:
            Archive.build([write(index.parent / f"papers/n{number}.txt", f"# 第{number}号\n\n{OTHER}")], index).close()
        except IndexLocked as error:
            refused.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Archive.open(index) as archive:
        assert len(archive.sources()) == 5 - len(refused) and archive.verify(deep=True) == []


def test_a_damaged_index_is_not_built_upon_but_can_be_rebuilt(index: Path) -> None:
    (index / "gen-00000001" / "s00000001" / "pages.sqlite").write_bytes(b"rubbish")
    with pytest.raises(IndexDamaged, match=r"pages\.sqlite is damaged"):
        Archive.build([index.parent / "papers"], index)
    with Archive.build([index.parent / "papers"], index, rebuild=True) as archive:
        assert archive.verify(deep=True) == [] and archive.summary is not None
        assert archive.summary.generation == 2


def test_a_lost_pointer_can_be_rebuilt_too(index: Path) -> None:
    (index / "CURRENT").write_bytes(b"rubbish")
    with pytest.raises(IndexDamaged, match="CURRENT"):
        Archive.build([index.parent / "papers"], index)
    with Archive.build([index.parent / "papers"], index, rebuild=True) as archive:
        assert archive.sources() == ["p.txt"]


def test_nothing_given_to_an_existing_index_changes_nothing(index: Path) -> None:
    for prune in (False, True):
        with pytest.raises(InputError, match="There is no text to index"):
            Archive.build([index.parent / "nowhere"], index, prune=prune)
    assert sources(index) == ["p.txt"]


def test_an_index_can_be_made_in_folders_that_do_not_exist_yet(tmp_path: Path) -> None:
    story = write(tmp_path / "p.txt", STORY)
    deep = tmp_path / "a" / "b" / "索引 ?#%"
    Archive.build([story], deep).close()
    assert sources(deep) == ["p.txt"]
