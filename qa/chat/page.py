"""The chat page in Gradio: its parts, its events, its endpoints, its looks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.chat.door import MOST
from qa.chat.examples import Examples
from qa.chat.handlers import Handlers
from qa.chat.layout import lay_out
from qa.chat.records import Verdicts
from qa.chat.service import Service
from qa.chat.uploads import Uploads
from qa.chat.wiring import wire
from qa.errors import QAError

if TYPE_CHECKING:
    from qa.archive import Archive
    from qa.writing import Writer

HERE = Path(__file__).parent
SERIF = ["Songti SC", "Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "SimSun", "Georgia", "serif"]


def build(
    archive: Archive, verdicts: Path | None = None, uploads: Path | None = None, common: bool = False,
    writer: Writer | None = None,
) -> gr.Blocks:  # fmt: skip
    """The whole page over `archive`, not yet served.

    Readers' verdicts go to the file `verdicts`, if any; visitors may bring files when there is a folder `uploads`, and
    with `common` everybody sees them.
    """
    examples = Examples(archive)
    examples.start()
    kept, desks = Verdicts(verdicts) if verdicts else None, Uploads(archive, uploads, common) if uploads else None
    handlers = Handlers(archive, examples, kept, desks, writer)
    with gr.Blocks(title="问报 Wenbao", analytics_enabled=False, delete_cache=(600, 3600), fill_width=True) as page:
        add_endpoints(Service(archive, writer))  # first, so that no event of the page takes their names
        wire(page, lay_out(archive.sources(), desks), handlers)
    page.state_session_capacity = 500  # the default keeps 10,000, of 140 kB each
    page.queue(status_update_rate=2, api_open=False, max_size=MOST, default_concurrency_limit=4)
    return page  # type: ignore[no-any-return,unused-ignore]


def add_endpoints(service: Service) -> None:
    """The endpoints `ask`, `search` and `show_source` for gradio_client, REST and MCP."""
    for method in (service.ask, service.search, service.show_source):
        gr.api(  # type: ignore[attr-defined,unused-ignore]
            clearly(method), api_name=method.__name__, concurrency_id="api", concurrency_limit=4
        )


def clearly(method: Callable[..., Any]) -> Callable[..., Any]:
    """`method` with our errors as Gradio's, whose sentence reaches the caller and whose traceback does not."""

    @wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        try:
            return method(*arguments, **options)
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from None

    return call


def theme() -> gr.themes.Base:
    """Paper, ink and one red; only fonts that are on the reader's machine."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.red, neutral_hue=gr.themes.colors.stone, radius_size=gr.themes.sizes.radius_none,
        font=SERIF, font_mono=["ui-monospace", "monospace"],
    ).set(body_background_fill="#f7f2e7", body_background_fill_dark="#181613")  # fmt: skip


def head() -> str:
    """The page's own styles and scripts, for the document's head."""
    base, *scripts = ((HERE / name).read_text(encoding="utf-8") for name in ("base.css", "page.js", "history.js"))
    return f"<style>{base}</style>" + "".join(f"<script>{script}</script>" for script in scripts)
