"""Answers, citations and pages as text, Markdown and HTML. Whatever the words are, they are shown letter for letter."""

from qa.render.answer import answer_html, answer_markdown, answer_text, command_button, hits_html, shorten
from qa.render.citation import citation_gbt7714, citation_markdown, citation_text, difference_html, differences_words
from qa.render.merged import merged_html
from qa.render.safe import escape_html, escape_markdown, visible
from qa.render.source import article_html, article_of, page_html, page_text
from qa.render.words import DEFAULT, LANGUAGES, choose_language, say

__all__ = [
    "DEFAULT",
    "LANGUAGES",
    "answer_html",
    "answer_markdown",
    "answer_text",
    "article_html",
    "article_of",
    "choose_language",
    "citation_gbt7714",
    "citation_markdown",
    "citation_text",
    "command_button",
    "difference_html",
    "differences_words",
    "escape_html",
    "escape_markdown",
    "hits_html",
    "merged_html",
    "page_html",
    "page_text",
    "say",
    "shorten",
    "visible",
]
