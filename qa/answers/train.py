"""Learn which sentence answers, and when to refuse: `python -m qa.answers.train --data FOLDER`.

FOLDER holds SQuAD-like JSON lines (CMRC 2018, Cui et al. 2019; DRCD, Shao et al. 2018; CAIL 2019), news to make clozes
of (`xwlb_news.jsonl.gz`) and CC-CEDICT for English questions (`cedict.tsv.gz`). Questions are asked in open retrieval
over corpora of several sizes; unanswerable ones are made by taking away the text, or only the sentence, that answers,
and by exchanging a word. Needs scikit-learn; about ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from qa.answers.evidence import static_encoder
from qa.answers.features import NAMES
from qa.answers.learning import Asked, ask_all, confidence_rows, evidence_rows, fit
from qa.answers.model import trees_from
from qa.answers.pseudo import English, news
from qa.answers.samples import read
from qa.answers.scoring import SUMMARY

SHARES: Final = {"cmrc2018_train.jsonl.gz": 0.16, "drcd_dev.jsonl.gz": 0.4, "cail2019_dev.jsonl.gz": 0.06}
NEWS: Final = 700  # news items, with up to three questions each
SLOPE: Final = 1.1  # from encyclopedias to newspapers, by `calibrate` on seeds/questions/extra.jsonl
OFFSET: Final = 1.0
THRESHOLD: Final = 0.3  # of the support: most right answers and refusals together on the same questions
WEIGHTS: Final = Path(__file__).parent / "weights.json"


def ask_everything(folder: Path, share: float, seed: int) -> list[Asked]:
    """All training questions put to their corpora; `share` scales how many texts are used."""
    encoder, english, asked = static_encoder(), English(folder), list[Asked]()
    for name, part in SHARES.items():
        texts = read(folder / name)
        random.Random(seed).shuffle(texts)
        asked += ask_all(texts[: max(1, int(len(texts) * part * share))], encoder, seed, english)
    return asked + ask_all(news(folder, int(NEWS * share), seed), encoder, seed, english, titled=True)


def weigh(asked: Sequence[Asked], fingerprint: str, seed: int) -> dict[str, Any]:
    """Two halves by source: the evidence scorer of each is judged on the other, so that the confidence is honest."""
    halves = [[one for one in asked if hash_of(one.example.source) % 2 == half] for half in (0, 1)]
    scorers = [fit(*evidence_rows(half, seed), rounds=80, leaves=12) for half in halves]
    judged = [confidence_rows(halves[1 - i], trees_from(scorer)) for i, scorer in enumerate(scorers)]
    rows, right = (np.concatenate([pair[i] for pair in judged]) for i in (0, 1))
    answerable = np.array([bool(one.example.gold) for half in (halves[1], halves[0]) for one in half])
    confidence, support = (fit(rows, label, rounds=80, leaves=8) for label in (right, answerable))
    evidence = fit(*evidence_rows(asked, seed), rounds=120, leaves=12)
    return {
        "features": list(NAMES),
        "summary": list(SUMMARY),
        "encoder": fingerprint,
        "slope": SLOPE,
        "offset": OFFSET,
        "threshold": THRESHOLD,
        "evidence": evidence,
        "confidence": confidence,
        "support": support,
    }


def hash_of(source: str) -> int:
    return int(source.rpartition(":")[2])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the question files")
    parser.add_argument("--share", type=float, default=1.0, help="share of the texts to learn from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    given = parser.parse_args(arguments)
    asked = ask_everything(given.data, given.share, given.seed)
    record = weigh(asked, static_encoder().fingerprint, given.seed)
    given.output.write_text(json.dumps(record, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main()
