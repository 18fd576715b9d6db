"""Segments written by several processes. Each process ends when this one does, however it ends.

They are started as commands: forking is not safe with the threads of the numeric libraries, and a spawned process
would run the main module of the user's program again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import IndexFolderError, InputError, ModelError, QAError

if TYPE_CHECKING:
    from embeddings.encoder import Encoder
    from qa.archive.planning import Job

Task = tuple[Path, int, "Sequence[Job]"]  # folder to fill, number of the segment, pages
_TASK = "TASK.json"
MODULE = "qa.archive.workers"  # run by every process with its folder
_KINDS = {kind.__name__: kind for kind in (InputError, ModelError, IndexFolderError)}


def usable_cores() -> int:
    """How many processes may work at once: QA_WORKERS, or the cores that this process may use."""
    value = os.environ.get("QA_WORKERS", "")
    if value.isdecimal() and int(value) > 0:
        return int(value)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(tasks: Sequence[Task], encoder: Encoder, report: Callable[[int], None]) -> None:
    """Carries out all tasks, as many at once as there are cores. Raises what goes wrong first, and stops the others."""
    running: set[subprocess.Popen[str]] = set()
    guard = threading.Lock()

    def work(task: Task) -> None:
        with _started(task, encoder, running) as process:
            assert process.stdout
            for line in process.stdout:
                told = json.loads(line)
                if "error" in told:
                    raise _KINDS.get(told["kind"], QAError)(told["error"])
                with guard:
                    report(told["passages"])
        if process.returncode:
            raise IndexFolderError(
                f"A process that wrote a part of the index ended early (status {process.returncode}); "
                "set QA_WORKERS=1 to work in one process, and run the command again."
            )

    with ThreadPoolExecutor(usable_cores()) as pool:
        futures = [pool.submit(work, task) for task in tasks]
        try:
            for future in futures:
                future.result()
        except BaseException:
            for future in futures:
                future.cancel()
            for process in list(running):
                process.kill()
            raise


def _started(task: Task, encoder: Encoder, running: set[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    folder, number, jobs = task
    told = {"number": number, "jobs": jobs, "model": encoder.name, "fingerprint": encoder.fingerprint}
    (folder / _TASK).write_text(json.dumps(told), encoding="utf-8")
    command = [sys.executable, "-m", MODULE, str(folder)]
    quiet = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    found = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | quiet | {"PYTHONPATH": found}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True)
    running.add(process)
    return process


def main(folder: Path) -> int:
    """Carries out the task in `folder`; tells on standard output how far it is, one JSON object a line."""
    from qa.archive import load_encoder
    from qa.archive.planning import Job, Where
    from qa.archive.slices import write_part

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to every process; the first one ends the others
    threading.Thread(target=_end_with_parent, daemon=True).start()
    told = json.loads((folder / _TASK).read_text(encoding="utf-8"))
    (folder / _TASK).unlink()
    jobs = [Job(Where(*page), s, tuple(Where(*twin) for twin in twins), n) for page, s, twins, n in told["jobs"]]
    try:
        encoder = load_encoder(told["model"])
        if encoder.fingerprint != told["fingerprint"]:
            raise ModelError(f"The model {told['model']} has changed meanwhile; run the command again.")
        write_part(folder, told["number"], jobs, {}, encoder, None, lambda n: _tell({"passages": n}))
    except (QAError, OSError) as error:
        kind = type(error).__name__ if isinstance(error, QAError) else "IndexFolderError"
        _tell({"error": str(error), "kind": kind})
        return 1
    return 0


def _tell(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)


def _end_with_parent() -> None:
    while os.read(0, 1):  # not through sys.stdin, whose lock would be held when this process ends by itself
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
