"""What the reader learns from: questions with the likeliest sentences, those that answer, and where the answer stands.

Learned with torch, one core, some fifty minutes; the vectors begin as those of the bundled encoder and are the reader's
own from then on.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Encoder
from qa.answers.reading import Reading, codes_to_rows, pair_codes, pair_text
from qa.answers.samples import Example
from qa.text import fold

if TYPE_CHECKING:  # torch is imported only where something is learned
    from torch import Tensor
    from torch.optim import Adam

    from qa.answers.network import Network

Ids = npt.NDArray[np.int64]
Tensors = Mapping[str, npt.NDArray[Any]]
LETTERS: Final = 6000
PAIRS: Final = 32_000
_FIRST_WIDTH: Final = 128  # of the vectors while they are learned
_CHARACTERS: Final = 6000  # in one batch
_STEP: Final = 64  # characters that lengths are filled up to
_RATE: Final = 2e-3
_LATER_RATE: Final = 8e-4  # of a reader that goes on
_KEPT: Final = 0.998  # of the mean of the weights, at each step
_LOST: Final = 0.03  # share of the letters that are shown as unknown
_VECTOR_RATE: Final = 0.3  # of the vectors, against the rest
_WARM: Final = 200  # steps


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """A reading with its sentences that answer, bool[s], and the answers in them: first and last row of each."""

    reading: Reading
    right: npt.NDArray[np.bool_]
    spans: tuple[tuple[int, int], ...]


def lesson(reading: Reading, texts: Sequence[str], right: Sequence[bool], example: Example) -> Lesson:
    """The lesson of `example`, whose sentences `texts` (folded) were read."""
    spans = set()
    for text, start, length, answers in zip(texts, reading.starts, reading.lengths, right, strict=True):
        for gold in (fold(one).strip("。,、; ") for one in example.gold if answers):
            place = text.find(gold) if gold else -1
            while 0 <= place <= length - len(gold):
                spans.add((int(start) + place, int(start) + place + len(gold) - 1))
                place = text.find(gold, place + 1)
    return Lesson(reading, np.array(right, bool), tuple(sorted(spans)))


def vocabulary(lessons: Sequence[Lesson]) -> dict[str, Ids]:
    """The most frequent letters and pairs, as sorted codes."""
    letters, pairs = Counter[int](), Counter[int]()
    for one in lessons:
        for text in (one.reading.asked, one.reading.text):
            letters.update(text[text > 0].tolist())
            pairs.update(code for code in pair_codes(text).tolist() if code)
    return {
        "letters": _frequent(letters, LETTERS, 3),
        "pairs": _frequent(pairs, PAIRS, 4),
    }


def _frequent(counts: Counter[int], most: int, least: int) -> Ids:
    return np.array(sorted(code for code, count in counts.most_common(most) if count >= least), np.int64)


def first_vectors(encoder: Encoder, known: Mapping[str, Ids]) -> dict[str, npt.NDArray[np.float32]]:
    """Vectors of `encoder` for letters and pairs, in their strongest directions, after rows for gaps and unknowns."""
    texts = {"letters": [chr(code) for code in known["letters"]], "pairs": [pair_text(code) for code in known["pairs"]]}
    vectors = np.concatenate([encoder.encode_document(texts[name]) for name in texts])
    _, _, directions = np.linalg.svd(vectors[:: max(1, len(vectors) // 10_000)], full_matrices=False)
    turned = vectors @ directions[:_FIRST_WIDTH].T
    turned /= max(float(turned.std()) * 3, 1e-9)
    parts = np.split(turned, [len(texts["letters"])])
    blank = np.zeros((2, turned.shape[1]), np.float32)
    return {name: np.concatenate([blank, part]) for name, part in zip(texts, parts, strict=True)}


def arrays(lessons: Sequence[Lesson], known: Mapping[str, Ids]) -> dict[str, npt.NDArray[Any]]:
    """Lessons as the arrays of a batch, filled up to the longest."""
    count, most = len(lessons), max(len(one.right) for one in lessons)
    rows, asked = (max(len(text) for text in texts) for texts in zip(*(_texts(one) for one in lessons), strict=True))
    rows, sample = _filled(rows), lessons[0].reading
    batch: dict[str, npt.NDArray[Any]] = {
        "form": np.zeros((count, rows, sample.form.shape[1]), np.float32),
        "asked_form": np.zeros((count, asked, sample.asked_form.shape[1]), np.float32),
        "held": np.zeros((count, most, asked, sample.held.shape[2]), np.float32),
        "sentence": np.full((count, rows), most, np.int64),
        "kind": np.array([one.reading.kind for one in lessons], np.int64),
    }
    batch |= {name: np.zeros((count, rows), np.int64) for name in ("letters", "pairs")}
    batch |= {f"asked_{name}": np.zeros((count, asked), np.int64) for name in ("letters", "pairs")}
    batch |= {name: np.zeros((count, rows), bool) for name in ("first", "last", "in_right")}
    batch |= {name: np.zeros((count, most), bool) for name in ("is_sentence", "right")}
    for i, one in enumerate(lessons):
        _fill({name: values[i] for name, values in batch.items() if name != "kind"}, one, known)
    return batch


def _texts(one: Lesson) -> tuple[Ids, Ids]:
    return one.reading.text, one.reading.asked


def _fill(row: Mapping[str, npt.NDArray[Any]], one: Lesson, known: Mapping[str, Ids]) -> None:
    read = one.reading
    for prefix, text in (("", read.text), ("asked_", read.asked)):
        row[f"{prefix}letters"][: len(text)] = codes_to_rows(known["letters"], text)
        row[f"{prefix}pairs"][: len(text)] = codes_to_rows(known["pairs"], pair_codes(text))
    row["form"][: len(read.text)] = read.form
    row["asked_form"][: len(read.asked)] = read.asked_form
    row["held"][: len(read.starts), : len(read.asked)] = read.held
    row["is_sentence"][: len(read.starts)] = True
    row["right"][: len(read.starts)] = one.right
    for number, (start, length) in enumerate(zip(read.starts, read.lengths, strict=True)):
        row["sentence"][start : start + length] = number
        row["in_right"][start : start + length] = one.right[number]
    for first, last in one.spans:
        row["first"][first], row["last"][last] = True, True


def batches(lessons: Sequence[Lesson], chance: random.Random) -> list[list[int]]:
    """Numbers of lessons of about the same length together, about _CHARACTERS in a batch, in random order."""
    alike: dict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(lessons):
        alike[_filled(len(one.reading.text))].append(number)
    found: list[list[int]] = []
    for length, numbers in alike.items():
        chance.shuffle(numbers)
        size = max(1, _CHARACTERS // length)
        found += [numbers[start : start + size] for start in range(0, len(numbers), size)]
    chance.shuffle(found)
    return found


def _filled(length: int) -> int:
    """`length` up to the next step: few lengths mean few shapes, for each of which torch makes its kernels anew."""
    return -(-length // _STEP) * _STEP


def schedule(step: int, steps: int) -> float:
    """Share of the learning rate: a short rise, then a straight fall."""
    return min(1.0, (step + 1) / min(_WARM, 1 + steps // 10)) * max(0.02, 1 - max(0.0, step / steps - 0.1) / 0.9)


def teach(
    lessons: Sequence[Lesson],
    encoder: Encoder,
    epochs: int,
    seed: int,
    told: Callable[[str], object] = lambda line: None,
    start: Tensors | None = None,
) -> dict[str, npt.NDArray[Any]]:
    """The tensors of a reader that has learned `lessons`, those without any right sentence as questions to refuse.

    It goes on from the reader `start`, if there is one. The weights are a moving mean over the last steps (Polyak and
    Juditsky 1992). `told` gets a line after each epoch.
    """
    import torch
    from torch.optim.swa_utils import AveragedModel

    from qa.answers.network import loss_of, network_from, tensors_of

    torch.manual_seed(seed)
    chance = random.Random(seed)
    network, known = _beginner(lessons, encoder) if start is None else network_from(start)
    optimizer = _optimizer(network, _RATE if start is None else _LATER_RATE)
    rates = [group["lr"] for group in optimizer.param_groups]
    mean = AveragedModel(network, avg_fn=_moved)
    steps, step = epochs * len(batches(lessons, random.Random(seed))), 0
    for epoch in range(epochs):
        started, losses = time.perf_counter(), list[float]()
        for numbers in batches(lessons, chance):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * schedule(step, steps)
            batch = {k: torch.from_numpy(v) for k, v in arrays([lessons[i] for i in numbers], known).items()}
            lost = (torch.rand(batch["letters"].shape) < _LOST) & (batch["letters"] > 0)
            loss = loss_of(network, batch | {"letters": batch["letters"].masked_fill(lost, 1)})
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimizer.step()
            mean.update_parameters(network)
            losses.append(float(loss.detach()))
            step += 1
        told(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {time.perf_counter() - started:.0f} s")
    network.load_state_dict(mean.module.state_dict())
    return tensors_of(network.eval(), known)


def _moved(mean: Tensor, value: Tensor, steps: Tensor | int) -> Tensor:
    """The mean of the weights a step later; the first steps weigh more, so that the beginning is soon forgotten."""
    return mean + (value - mean) * max(1 - _KEPT, 5 / (int(steps) + 5))


def _beginner(lessons: Sequence[Lesson], encoder: Encoder) -> tuple[Network, dict[str, Ids]]:
    """A reader that knows nothing but the letters of `lessons`, with the vectors of `encoder`."""
    import torch

    from qa.answers.network import Network

    known = vocabulary(lessons)
    first = first_vectors(encoder, known)
    return Network(torch.from_numpy(first["letters"]), torch.from_numpy(first["pairs"])), known


def _optimizer(network: Network, rate: float) -> Adam:
    """Adam over all weights but the vectors of pairs, those of letters at a lower rate."""
    from torch.optim import Adam

    tables = ("letters.weight", "pairs.weight")
    rest = [value for name, value in network.named_parameters() if name not in tables]
    groups = [{"params": [network.letters.weight], "lr": rate * _VECTOR_RATE}, {"params": rest, "lr": rate}]
    return Adam(groups, betas=(0.9, 0.98))
