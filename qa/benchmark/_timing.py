"""Seconds, CPU seconds and memory, measured alike for our engine and for others."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def timed(action: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds, CPU seconds of this process, and what `action` returns."""
    start, worked = time.perf_counter(), time.process_time()
    value = action()
    return time.perf_counter() - start, time.process_time() - worked, value


def cpu() -> float:
    """CPU seconds of this process and of those it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def percentiles(times: Sequence[tuple[float, float, Any]]) -> dict[str, float]:
    """Milliseconds by the wall-clock, and of CPU, of what `timed` returned."""
    wall, work = (np.array([one[column] for one in times]) * 1000 for column in (0, 1))
    found = {f"p{p}": float(np.percentile(wall, p)) for p in (50, 95, 99)}
    found |= {f"cpu_p{p}": float(np.percentile(work, p)) for p in (50, 99)}
    return {name: round(value, 2) for name, value in found.items()}


def memory(field: str = "VmRSS") -> int:
    """Megabytes of this process: VmRSS, resident; RssAnon, of them no memory-mapped files; VmHWM, resident at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(f"{field}:"))


def held() -> dict[str, int]:
    return {"resident_MB": memory("VmRSS"), "own_MB": memory("RssAnon")}
