"""How cost grows with the number of passages, ours and that of other engines, as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qa.errors import InputError

Result = Mapping[str, Any]
OURS = "wenbao"
_PANELS = ("CPU ms a query, median", "resident MB while searching", "CPU ms a passage to build")


def series(results: Sequence[Result]) -> dict[str, list[tuple[int, float, float, float]]]:
    """For each engine, by size: passages, median CPU milliseconds of its best mode, memory, CPU of the build.

    The best mode is hybrid search, or what an engine has in its place. Of two results of one engine and size the later
    one counts.
    """
    found: dict[str, dict[int, tuple[int, float, float, float]]] = {}
    for result in results:
        reading = result.get("threads_1", result)
        mode = next((reading[mode] for mode in ("hybrid", "dense", "sparse") if mode in reading), None)
        if mode is not None:
            size = int(result["passages"])
            told = (size, mode["cpu_p50"], reading["resident_MB"], result["cpu_ms_a_passage"])
            found.setdefault(str(result.get("peer", OURS)), {})[size] = told
    return {name: [by_size[size] for size in sorted(by_size)] for name, by_size in found.items()}


def plot(results: Sequence[Result], path: Path) -> None:
    """Draws query, memory and build over the number of passages. Raises InputError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("Drawing needs matplotlib: install it with `pip install '.[plot]'`.") from error
    figure = Figure(figsize=(12, 4), layout="constrained")
    panels = figure.subplots(1, len(_PANELS))
    for name, points in series(results).items():
        style = {"linewidth": 2.5, "color": "black"} if name == OURS else {"linewidth": 1.2}
        for column, panel in enumerate(panels, 1):
            panel.plot([point[0] for point in points], [point[column] for point in points], "o-", label=name, **style)
    for title, panel in zip(_PANELS, panels, strict=True):
        panel.set(xscale="log", yscale="log", xlabel="passages", title=title)
        panel.grid(alpha=0.3, which="both")
    panels[0].legend(fontsize=8)
    figure.savefig(path, dpi=100)
