"""Text folding inside the tokenizer: one look-up table of characters, so that every loader folds alike."""

from __future__ import annotations

import functools
import io
import tempfile
import unicodedata
from collections.abc import Collection
from pathlib import Path

from tokenizers import normalizers

_BLOCKS = ((0x20, 0xD800), (0xE000, 0x323B0), (0xE0000, 0xE0200))


def folding(known: Collection[str] | None = None) -> normalizers.Normalizer:
    """NFKC, lower case, Traditional to Simplified (OpenCC), digits one by one, anything else but letters to a space.

    With `known`, letters outside of it become a space too: WordPiece gives up the whole run that holds one letter it
    does not know. Compiled into a table by SentencePiece (Kudo and Richardson 2018), read as `Precompiled`.
    """
    return normalizers.Precompiled(_compiled(character_rules(known), sorted(known or "a")[0]))


def character_rules(known: Collection[str] | None = None) -> dict[str, str]:
    """What each character becomes, for those that change."""
    if known is None:
        return {old: new for old, new in _folded().items() if new != old}
    wanted = {*known, " "}
    rules = {old: "".join(one if one in wanted else " " for one in new) for old, new in _folded().items()}
    return {old: new for old, new in rules.items() if new != old}


@functools.cache
def _folded() -> dict[str, str]:
    import opencc

    characters = [chr(code) for first, last in _BLOCKS for code in range(first, last)]
    plain = [unicodedata.normalize("NFKC", character) for character in characters]
    simplified = opencc.OpenCC("t2s").convert("\n".join(plain)).split("\n")
    return {old: "".join(map(_kept, new.lower())) for old, new in zip(characters, simplified, strict=True)}


def _kept(character: str) -> str:
    if character.isdecimal():
        return f" {unicodedata.decimal(character)} "
    return character if unicodedata.category(character)[0] in "LM" else " "


def _compiled(rules: dict[str, str], sample: str) -> bytes:
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.tsv"
        path.write_text("".join(f"{_codes(old)}\t{_codes(new)}\n" for old, new in rules.items()), encoding="utf-8")
        model = io.BytesIO()
        # Only the table is wanted; the vocabulary that SentencePiece asks for is thrown away.
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([sample * 9]),
            model_writer=model,
            model_type="char",
            vocab_size=5,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(path),
            minloglevel=2,
        )
    parsed = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
    parsed.ParseFromString(model.getvalue())
    return bytes(parsed.normalizer_spec.precompiled_charsmap)


def _codes(text: str) -> str:
    return " ".join(f"{ord(character):X}" for character in text)
