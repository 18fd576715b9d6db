"""The chat page. The only package that imports Gradio, and only when a page is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.chat.server import application, prepare, serve

if TYPE_CHECKING:
    import gradio as gr

    from qa.archive import Archive

__all__ = ["application", "build_page", "serve"]


def build_page(archive: Archive) -> gr.Blocks:
    """The page over `archive` as Gradio Blocks, not yet served; `serve` adds the guard."""
    prepare()
    from qa.chat import page

    return page.build(archive)
