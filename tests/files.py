"""Files of readers, built by the tests: PDF pages in Chinese, documents of a word processor, packed folders."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence


def pdf(sheets: Sequence[Sequence[str]]) -> bytes:
    """A PDF with one page for each list of lines; a page without lines shows a grey square, as a scan would."""
    font = "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>"
    descendant = (
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 5 0 R >>"
    )
    described = (
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -200 1000 900] /ItalicAngle 0 "
        "/Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>"
    )
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", font, descendant, described]
    kids = []
    for lines in sheets:
        rows = [f"1 0 0 1 60 {780 - 24 * n} Tm <{line.encode('utf-16-be').hex()}> Tj" for n, line in enumerate(lines)]
        drawn = f"BT /F1 12 Tf {' '.join(rows)} ET" if lines else "0.5 g 100 100 200 200 re f"
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects) + 2} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = "%PDF-1.4\n", []
    for number, value in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{value}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{out.index('xref')}\n%%EOF\n"
    return out.encode("ascii")


def locked_pdf() -> bytes:
    """A PDF that opens with a password only."""
    import fpdf

    document = fpdf.FPDF()
    document.add_page()
    document.set_font("helvetica")
    document.cell(text="secret")
    document.set_encryption(owner_password="owner", user_password="user")
    return bytes(document.output())


def docx(blocks: Sequence[str | Sequence[Sequence[str]]]) -> bytes:
    """A document of paragraphs (those that begin with "# " are headings) and tables (lists of rows)."""
    import docx as word

    document = word.Document()
    for block in blocks:
        if isinstance(block, str):
            if block.startswith("# "):
                document.add_heading(block[2:], 1)
            else:
                document.add_paragraph(block)
            continue
        table = document.add_table(len(block), len(block[0]))
        for row, cells in zip(table.rows, block, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def packed(members: Mapping[str, bytes]) -> bytes:
    """A ZIP file of `members`, name to bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()
