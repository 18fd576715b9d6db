"""Wenbao 问报: ask a folder of newspaper pages, get the answer, its exact words and where they stand.

archive = qa.Archive.build(["seeds"], "index")
print(archive.ask("奉化链式助学是什么").answer)
"""

from qa.archive import Archive
from qa.datatypes import Answer, Article, Citation, Hit, Page, Passage, Witness
from qa.errors import QAError

__version__ = "0.2.0"
__all__ = ["Answer", "Archive", "Article", "Citation", "Hit", "Page", "Passage", "QAError", "Witness", "__version__"]
