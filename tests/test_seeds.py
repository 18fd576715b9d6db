"""The five pages are the files that were handed in, byte for byte."""

from __future__ import annotations

import hashlib
import json
import re

from tests.conftest import SEEDS


def test_every_page_has_the_checksum_of_the_readme() -> None:
    listed = dict(re.findall(r"`([^`]+\.txt)`\s*\|\s*`([0-9a-f]{64})`", (SEEDS / "README.md").read_text("utf-8")))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SEEDS.glob("*.txt")}
    assert len(found) == 5 and found == listed


def test_every_development_question_has_its_evidence_on_its_page() -> None:
    texts = ["".join(path.read_text("utf-8").split()) for path in sorted(SEEDS.glob("*.txt"))]
    for name in ("dev.jsonl", "extra.jsonl"):
        for line in (SEEDS / "questions" / name).read_text("utf-8").splitlines():
            question = json.loads(line)
            for doc in question["docs"]:
                assert any("".join(part.split()) in texts[doc] for part in question["evidence"]), question["id"]
            assert bool(question["docs"]) == (question["type"] != "unanswerable"), question["id"]
