"""What was learned from a user's own questions: one small file beside the generations, so that it outlives them all.

It is written like CURRENT: aside, synced, renamed, with its own checksum. It holds for the weights it was fitted on;
under others it rests.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from qa.errors import IndexDamaged, IndexFolderError
from qa.store import files
from qa.store.publishing import writing

NAME: Final = "calibration.json"
_CURE: Final = "remove it with `python -m qa calibrate --reset`"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt's scaling (1999) of the log odds that an answer is right, with its expected error before and after.

    `threshold` is the support below which a question is refused, None for the shipped one. Both errors were measured
    on questions that the fit did not see. `weights` says which weights it was fitted on.
    """

    slope: float = 1.0
    offset: float = 0.0
    questions: int = 0
    error_before: float = 0.0
    error_after: float = 0.0
    threshold: float | None = None
    weights: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_calibration(index: Path) -> Calibration | None:
    """The calibration kept with the index, None where there is none. Raises IndexDamaged when it is not whole."""
    try:
        line, _, digest = (index / NAME).read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IndexFolderError(f"{index / NAME} cannot be read: {error.strerror}; {_CURE}.") from error
    if digest.strip() != hashlib.sha256(line).hexdigest().encode():
        raise IndexDamaged(f"{index / NAME} is damaged (its checksum does not hold); {_CURE}.")
    try:
        return Calibration(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise IndexDamaged(f"{index / NAME} is of another version; {_CURE}.") from error


def write_calibration(index: Path, calibration: Calibration) -> None:
    """Keeps the calibration with the index. Raises IndexLocked while another process writes there."""
    line = json.dumps(calibration.to_dict()).encode()
    with writing(index), _telling(index):
        files.write(index / f"tmp-{NAME}", line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n")
        files.sync(index / f"tmp-{NAME}")
        files.rename(index / f"tmp-{NAME}", index / NAME)
        files.sync(index)


def remove_calibration(index: Path) -> bool:
    """Back to what was shipped; whether there was anything to remove."""
    if not (index / NAME).exists():
        return False
    with writing(index), _telling(index):
        files.unlink(index / NAME)
        files.sync(index)
    return True


@contextlib.contextmanager
def _telling(index: Path) -> Any:
    try:
        yield
    except OSError as error:
        raise IndexFolderError(f"{index} could not be written ({error.strerror}); mend that and try again.") from error
