"""The index folder under kills, I/O errors, power cuts, second writers and busy readers: old or new, never between."""

from __future__ import annotations

import errno
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qa.errors import IndexDamaged, IndexFolderError, IndexLocked, NoIndex, QAError
from qa.store import files, open_current, publish, writing
from tests.faults import Faults, Killed, record

SHARED_MEMORY = Path("/dev/shm")
TRIALS = int(os.environ.get("QA_TRIALS", "1"))  # `python -m qa.benchmark trust --trials N` asks for more
Record = Callable[[str, object], None]
PARTS = ("passages", "vectors", "terms")
SHARED = "segment"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: thousands of fsyncs on a disk take minutes."""
    if not os.access(SHARED_MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as folder:
        yield Path(folder)


def fill(label: int) -> Callable[[Path], dict[str, Any]]:
    """A generation whose three files and description all bear `label`."""

    def write(folder: Path) -> dict[str, Any]:
        for name in PARTS[:2]:
            files.write(folder / name, f"{name} {label} ".encode() * 50)
        files.make_folder(folder / "lexical")
        files.write(folder / "lexical" / PARTS[2], f"terms {label} ".encode() * 50)
        share(folder)
        return {"label": label}

    return write


def share(folder: Path) -> None:
    """Links a file that all generations share from the one before, or writes it for the first."""
    before = sorted(folder.parent.glob(f"gen-*/{SHARED}"))
    if before:
        files.link(before[-1], folder / SHARED)
    else:
        files.write(folder / SHARED, b"shared " * 50)


def commit(index: Path, label: int) -> None:
    with writing(index):
        publish(index, fill(label))


def label_of(index: Path) -> int:
    """The label of the current generation, 0 for none; fails when the parts do not agree."""
    try:
        generation = open_current(index)
    except NoIndex:
        return 0
    generation.close()
    label: int = generation.description["label"]
    for path in files.tree(generation.folder):
        if path.name == SHARED:
            assert path.read_bytes() == b"shared " * 50
        else:
            assert path.name == "MANIFEST.json" or path.read_text().split()[1] == str(label)
    return label


def leftovers(index: Path) -> list[str]:
    return [path.name for path in index.iterdir() if path.name.startswith(("tmp-", "del-"))]


def steps(index: Path, label: int) -> int:
    """How many file operations one commit takes."""
    with pytest.MonkeyPatch.context() as patch:
        faults = Faults(at=10**9)
        faults.install(patch)
        commit(index, label)
    return faults.count


def start(folder: Path, generations: int) -> Path:
    for label in range(1, generations + 1):
        commit(folder, label)
    return folder


# --- T1, T2: kill -9 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [0, 1, 2, 3])
def test_killed_at_any_operation_the_folder_is_old_or_new_and_the_next_run_cleans_up(
    memory: Path, before: int, record_property: Record
) -> None:
    points = steps(start(memory / "count", before), before + 1)
    record_property("S1 kills", points * TRIALS)
    assert points >= 18
    for trial, point in itertools.product(range(TRIALS), range(1, points + 1)):
        index = start(memory / f"t{trial}p{point}", before)
        with pytest.MonkeyPatch.context() as patch:
            Faults(point).install(patch)
            with pytest.raises(Killed):
                commit(index, before + 1)
        assert label_of(index) in (before, before + 1)
        commit(index, before + 2)
        assert label_of(index) == before + 2 and leftovers(index) == []


def test_killed_again_and_again_while_recovering_nothing_is_lost(memory: Path, record_property: Record) -> None:
    choose = random.Random(2)
    record_property("S1 kills", 3 * 150 * TRIALS)
    for trial in range(150 * TRIALS):
        index = start(memory / f"t{trial}", trial % 4)
        last = trial % 4
        for attempt in range(3):
            with pytest.MonkeyPatch.context() as patch:
                Faults(choose.randint(1, 40)).install(patch)
                try:
                    commit(index, 10 + attempt)
                except Killed:
                    assert label_of(index) in (last, 10 + attempt)
            last = label_of(index)
        commit(index, 99)
        assert label_of(index) == 99 and leftovers(index) == []


# --- T4: I/O errors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("forever", [False, True], ids=["once", "for ever after"])
def test_an_io_error_at_any_operation_leaves_old_or_new_and_says_so(
    memory: Path, code: int, forever: bool, record_property: Record
) -> None:
    points = steps(start(memory / "count", 2), 3)
    record_property("S3 I/O errors", points)
    for point in range(1, points + 1):
        index = start(memory / f"p{point}", 2)
        with pytest.MonkeyPatch.context() as patch:
            Faults(point, lambda: OSError(code, os.strerror(code)), forever).install(patch)
            failed = ""
            try:
                commit(index, 3)
            except QAError as error:
                failed = str(error)
        after = label_of(index)
        assert after in (2, 3)
        if after == 2:
            assert os.strerror(code) in failed
        elif failed:
            assert "may or may not" in failed
        commit(index, 4)
        assert label_of(index) == 4 and leftovers(index) == []


def test_a_failing_fill_leaves_no_trace(memory: Path) -> None:
    index = start(memory / "index", 1)
    before = sorted(path.name for path in index.iterdir())

    def broken(folder: Path) -> dict[str, Any]:
        fill(2)(folder)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), writing(index):
        publish(index, broken)
    assert label_of(index) == 1 and sorted(path.name for path in index.iterdir()) == before


# --- T5: power cuts ---------------------------------------------------------------------------------------------------


def power_cuts(memory: Path, before: int, trials: int, *, forget: str = "") -> tuple[int, int]:
    """Cuts the power after every operation of a commit: how many states there were, and how many were bad.

    `forget` leaves out the syncs of "files" or of "folders", for the negative control.
    """
    choose = random.Random(before)
    index = start(memory / "index", before)
    index.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        disk, log = record(index, patch)
        commit(index, before + 1)
    bad = count = 0
    for end in range(len(log) + 1):
        if end and not (log[end - 1][0] == "sync" and forgotten(disk, log[end - 1][1], forget)):
            disk.do(*log[end - 1])
        wanted = (before, before + 1) if end < len(log) else (before + 1,)
        for trial in range(trials):
            target = memory / "cut"
            disk.cut(target, choose, ordered=trial % 2 == 0)
            count += 1
            bad += not survives(target, wanted)
            shutil.rmtree(target)
    return count, bad


def forgotten(disk: Any, path: Path, forget: str) -> bool:
    parent, name = disk._find(path)
    node = parent.entries[name] if name else disk.root
    return (forget == "files" and node.data is not None) or (forget == "folders" and node.data is None)


def survives(index: Path, wanted: tuple[int, ...]) -> bool:
    try:
        return label_of(index) in wanted
    except IndexFolderError:
        return False


@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_power_cut_at_any_moment_loses_no_committed_generation(
    memory: Path, before: int, record_property: Record
) -> None:
    count, bad = power_cuts(memory, before, 24 * TRIALS)
    record_property("S2 power cuts", count)
    assert count > 400 and bad == 0


def test_what_a_generation_shares_with_the_one_before_was_synced_with_that_one(memory: Path) -> None:
    """Three commits in a row, nothing on the disk before: the shared file is synced at the first only."""
    with pytest.MonkeyPatch.context() as patch:
        index = memory / "index"
        index.mkdir()
        disk, log = record(index, patch)
        for label in (1, 2, 3):
            commit(index, label)
    assert [name for name, path, *_ in log if path.name == SHARED] == ["write", "sync", "link", "link", "unlink"]
    done, choose = 0, random.Random(7)
    for operation in log:
        disk.do(*operation)
        done += operation[0] == "rename" and operation[1].name == "tmp-CURRENT"
        for ordered in (True, False):
            disk.cut(memory / "cut", choose, ordered=ordered)
            assert survives(memory / "cut", (done - 1, done, done + 1)), operation
            shutil.rmtree(memory / "cut")


@pytest.mark.parametrize("forget", ["files", "folders"])
def test_leaving_out_fsync_is_noticed_by_the_power_cuts(memory: Path, forget: str, record_property: Record) -> None:
    count, bad = power_cuts(memory, 1, 24, forget=forget)
    record_property(f"S2 bad of {count} without syncing {forget}", bad)
    assert bad > count / 100


def test_every_file_is_synced_before_it_is_renamed_into_place(memory: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        index = memory / "index"
        index.mkdir()
        _, log = record(index, patch)
        commit(index, 1)
    names = [(name, arguments[0].name) for name, *arguments in log]
    published = names.index(("rename", "tmp-00000001"))
    for name in ("passages", "vectors", "terms", "lexical", "MANIFEST.json", "tmp-00000001"):
        assert names.index(("sync", name)) < published
    switched = names.index(("rename", "tmp-CURRENT"))
    assert names.index(("sync", "tmp-CURRENT")) < switched
    assert names[published + 1] == names[switched + 1] == ("sync", "index")


# --- T3, T6, T7: real processes and threads ---------------------------------------------------------------------------

WRITER = """
import sys, time
from pathlib import Path
from qa.store import files, publish, writing
index, label = Path(sys.argv[1]), int(sys.argv[2])
def fill(folder):
    for name in ("passages", "vectors"):
        files.write(folder / name, f"{name} {label} ".encode() * 50)
    return {"label": label}
print("ready", flush=True)
while True:
    with writing(index):
        if len(sys.argv) > 3:
            print("holding", flush=True)
            time.sleep(60)
        publish(index, fill)
    label += 1
"""


def writer(index: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(index), *arguments]
    root = Path(__file__).parent.parent
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout
    process.stdout.close()


def test_a_writer_killed_at_random_times_on_a_real_disk_loses_nothing(tmp_path: Path) -> None:
    choose, index, last = random.Random(3), tmp_path / "index", 0
    for _ in range(6):
        process = writer(index, str(last + 1))
        time.sleep(choose.uniform(0.005, 0.15))
        kill(process)
        now = label_of(index)
        assert now >= last
        last = now
    commit(index, last + 1)
    assert label_of(index) == last + 1 and leftovers(index) == []


def test_a_second_writer_is_refused_at_once_and_told_who_writes(tmp_path: Path) -> None:
    index = start(tmp_path / "index", 1)
    process = writer(index, "2", "hold")
    assert process.stdout and process.stdout.readline() == "holding\n"
    try:
        before = time.monotonic()
        with pytest.raises(IndexLocked, match=rf"another process \(id {process.pid}\)"):
            commit(index, 2)
        assert time.monotonic() - before < 1
        assert label_of(index) == 1
    finally:
        kill(process)
    commit(index, 2)
    assert label_of(index) == 2


def test_readers_see_whole_generations_while_a_writer_commits(memory: Path, record_property: Record) -> None:
    index, stop, errors, reads = start(memory / "index", 1), threading.Event(), [], []

    def read() -> None:
        last = 0
        try:
            while not stop.is_set():
                now = open_whole(index)
                assert now >= last, f"generation {now} after {last}"
                last = now
                reads.append(now)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for label in range(2, 150 * TRIALS):
        commit(index, label)
    stop.set()
    for thread in threads:
        thread.join()
    record_property("S5 reads during commits", len(reads))
    assert errors == [] and len(reads) > 100 and len(set(reads)) > 10


def open_whole(index: Path) -> int:
    """Reads every part of a generation while it is held open, as an archive does."""
    generation = open_current(index)
    try:
        label: int = generation.description["label"]
        for name in ("passages", "vectors", "lexical/terms"):
            assert (generation.folder / name).read_text().split()[1] == str(label)
    finally:
        generation.close()
    return label


def test_a_generation_in_use_is_not_deleted_until_it_is_closed(tmp_path: Path) -> None:
    index = start(tmp_path / "index", 1)
    held = open_current(index)
    for label in range(2, 7):
        commit(index, label)
    assert (held.folder / "passages").read_text().startswith("passages 1 ")
    assert sorted(path.name for path in index.glob("gen-*")) == ["gen-00000001", "gen-00000005", "gen-00000006"]
    held.close()
    commit(index, 7)
    assert sorted(path.name for path in index.glob("gen-*")) == ["gen-00000006", "gen-00000007"]


# --- T8: damage -------------------------------------------------------------------------------------------------------


def mutations(data: bytes, choose: random.Random) -> list[bytes]:
    place = choose.randrange(len(data))
    return [
        data[:place] + bytes([data[place] ^ (1 << choose.randrange(8))]) + data[place + 1 :],
        data[:place],
        bytes(len(data)),
        data + b"\0",
        b"",
        choose.randbytes(len(data)),
    ]


def test_any_damage_to_any_file_is_refused_and_the_file_named(memory: Path, record_property: Record) -> None:
    index, choose = start(memory / "index", 2), random.Random(8)
    names = ["CURRENT", *(f"gen-00000002/{name}" for name in ("MANIFEST.json", *PARTS[:2], "lexical/terms"))]
    record_property("S4 damaged files", 7 * len(names) * 10 * TRIALS)
    for name, _ in itertools.product(names, range(10 * TRIALS)):
        path = index / name
        data = path.read_bytes()
        for damaged in mutations(data, choose):
            path.write_bytes(damaged)
            with pytest.raises(IndexDamaged, match=f"{path.name} is damaged.*python -m qa"):
                open_current(index)
        path.unlink()
        with pytest.raises(IndexDamaged, match=path.name):
            open_current(index)
        path.write_bytes(data)
    assert label_of(index) == 2


def test_files_of_another_generation_are_not_taken_for_ones_own(memory: Path) -> None:
    index = start(memory / "index", 2)
    old, new = index / "gen-00000001", index / "gen-00000002"
    for name in (*PARTS[:2], "lexical/terms", "MANIFEST.json"):
        data = (new / name).read_bytes()
        (new / name).write_bytes((old / name).read_bytes())
        with pytest.raises(IndexDamaged, match=Path(name).name):
            open_current(index)
        (new / name).write_bytes(data)


def test_a_file_that_does_not_belong_there_is_noticed(memory: Path) -> None:
    index = start(memory / "index", 1)
    (index / "gen-00000001" / "lexical" / "extra").write_text("x")
    with pytest.raises(IndexDamaged, match="lexical/extra"):
        open_current(index)


def test_opening_checks_a_hundred_megabytes_quickly(tmp_path: Path, record_property: Record) -> None:
    def fill_large(folder: Path) -> dict[str, Any]:
        files.write(folder / "vectors", os.urandom(2**20) * 100)
        return {}

    with writing(tmp_path / "index"):
        publish(tmp_path / "index", fill_large)
    before = time.perf_counter()
    open_current(tmp_path / "index").close()
    seconds = time.perf_counter() - before
    record_property("S16 ms to check 100 MiB", round(1000 * seconds))
    assert seconds < 5
