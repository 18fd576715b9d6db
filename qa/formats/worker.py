"""Reads one HTML, PDF or DOCX file from standard input and writes its text to standard output.

Run by `qa.formats` as a script of its own, so that a hostile file can take neither time nor memory from the others;
it imports nothing of this project. A file that gives no text ends it with code 3 and one word on standard error.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MEMORY = 2 * 2**30  # bytes of address space
SECONDS = 20  # of CPU
MAX_SHEETS = 3_000  # pages of a PDF
MAX_UNPACKED = 200 * 2**20  # bytes of all parts of a DOCX
MAX_RATIO = 200  # of a part to its packed form; text in XML packs to a tenth or a twentieth
MAX_PARTS = 5_000
UNSEEN = {
    "script", "style", "noscript", "template", "head", "iframe", "object", "embed", "svg", "math", "nav", "button",
    "select", "option", "textarea", "input", "canvas", "audio", "video",
}  # fmt: skip
INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd",
    "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
    "tt", "u", "var", "wbr",
}  # fmt: skip


class Unusable(Exception):
    """The file gives no text; the argument is the word that says why."""


def main() -> int:
    limit()
    try:
        text = READERS[sys.argv[1]](sys.stdin.buffer.read())
    except (Unusable, MemoryError, ImportError, RecursionError) as error:
        words = {"MemoryError": "memory", "RecursionError": "memory", "Unusable": str(error)}
        print(words.get(type(error).__name__, "library"), file=sys.stderr)
        return 3
    except Exception as error:  # whatever a library says of a damaged file
        print(f"{type(error).__name__}\ndamaged", file=sys.stderr)
        return 3
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return 0


def limit() -> None:
    try:
        import resource
    except ImportError:  # not on this system; the caller's limit of time remains
        return
    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        resource.setrlimit(kind, (most, most))


# --- PDF --------------------------------------------------------------------------------------------------------------


def read_pdf(data: bytes) -> str:
    """The text of every page in the order of the file, a form feed on a line of its own between two."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Unusable("locked" if "password" in str(error).lower() else "damaged") from None
    if len(document) > MAX_SHEETS:
        raise Unusable("pages")
    sheets = [_sheet(document[number]) for number in range(len(document))]
    if not any(sheets):
        raise Unusable("pictures")
    return "\n\f\n".join(sheets) + "\n"


def _sheet(page: Any) -> str:
    text = page.get_textpage().get_text_bounded()
    text = re.sub("[\x02\ufffe\uffff]", "", text).replace("\r\n", "\n").replace("\r", "\n").replace("\f", " ")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


# --- DOCX -------------------------------------------------------------------------------------------------------------


def read_docx(data: bytes) -> str:
    """Paragraphs and table rows in their order."""
    import docx

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            check_parts(package.infolist())
    except zipfile.BadZipFile:
        # A document with a password is an OLE file, which begins like this.
        raise Unusable("locked" if data.startswith(b"\xd0\xcf\x11\xe0") else "damaged") from None
    text = "\n\n".join(filter(None, _blocks(docx.Document(io.BytesIO(data)))))
    if not text and any(part.filename.startswith("word/media/") for part in package.infolist()):
        raise Unusable("pictures")
    return text + "\n"


def check_parts(parts: Iterable[zipfile.ZipInfo]) -> None:
    """Refuses a package that unpacks to too much."""
    listed = list(parts)
    total = sum(part.file_size for part in listed)
    ratio = max((part.file_size / max(part.compress_size, 1) for part in listed if part.file_size > 2**20), default=0)
    if len(listed) > MAX_PARTS or total > MAX_UNPACKED or ratio > MAX_RATIO:
        raise Unusable("bomb")


def _blocks(container: Any) -> Iterator[str]:
    """The blocks of a document or of a table cell; a table gives one block, its rows on lines, cells set by tabs."""
    for block in container.iter_inner_content():
        if hasattr(block, "rows"):
            yield "\n".join(filter(None, map(_row, block.rows)))
        else:
            text = block.text.replace("\v", "\n").strip()
            yield f"{'#' * _level(block)} {text}" if text and _level(block) else text


def _row(row: Any) -> str:
    return "\t".join(" ".join(filter(None, _blocks(cell))) for cell in row.cells).rstrip()


def _level(paragraph: Any) -> int:
    """1 to 6 for a heading, 0 for other paragraphs."""
    name = str(paragraph.style.name if paragraph.style is not None else "")
    if name == "Title":
        return 1
    found = re.fullmatch(r"[Hh]eading ([1-6])", name)
    return int(found[1]) if found else 0


# --- HTML -------------------------------------------------------------------------------------------------------------


def read_html(data: bytes) -> str:
    """The text that a reader would see: no scripts, styles or hidden parts. Blocks are set apart by blank lines."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(data.decode("utf-8", "replace"))
    pieces = list(_pieces(tree.body)) if tree.body is not None else []
    title = tree.css_first("title")
    if title is not None and not any(piece.startswith("\n\n#") for piece in pieces):
        pieces = [f"# {' '.join(title.text().split())}\n\n", *pieces]
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", re.sub(r" {2,}", " ", "".join(pieces)))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n ") + "\n"


def _pieces(root: Any) -> Iterator[str]:
    """The texts and breaks below `root`, without recursion: a page may nest a hundred thousand deep."""
    node, entering = root, True
    while True:
        if entering:
            yield _before(node)
            inner = None if _unseen(node) else node.child
            node, entering = (inner, True) if inner is not None else (node, False)
            continue
        yield _after(node)
        if node.mem_id == root.mem_id:  # `==` compares the HTML of both
            return
        following = node.next
        node, entering = (following, True) if following is not None else (node.parent, False)


def _unseen(node: Any) -> bool:
    return node.tag in UNSEEN or (node.is_element_node and "hidden" in node.attributes)


def _before(node: Any) -> str:
    if node.is_text_node:
        return re.sub(r"[ \t\r\n\f]+", " ", str(node.text_content or ""))
    if not node.is_element_node or _unseen(node) or node.tag in INLINE:
        return ""
    if node.tag == "br":
        return "\n"
    if node.tag in ("td", "th", "tr"):
        return ""
    return "\n\n" + (f"{'#' * int(node.tag[1])} " if re.fullmatch("h[1-6]", node.tag) else "")


def _after(node: Any) -> str:
    if not node.is_element_node or _unseen(node) or node.tag in INLINE or node.tag == "br":
        return ""
    return {"td": "\t", "th": "\t", "tr": "\n"}.get(node.tag, "\n\n")


READERS: dict[str, Callable[[bytes], str]] = {"PDF": read_pdf, "DOCX": read_docx, "HTML": read_html}

if __name__ == "__main__":
    sys.exit(main())
