"""Text folding inside the tokenizer: one look-up table of characters, so that every loader folds alike."""

from __future__ import annotations

import io
import tempfile
import unicodedata
from pathlib import Path

from tokenizers import normalizers

_BLOCKS = ((0x20, 0xD800), (0xF900, 0x10000), (0x20000, 0x2A6E0))


def folding() -> normalizers.Normalizer:
    """NFKC, lower case, Traditional to Simplified (OpenCC), digits one by one, anything else but letters to a space.

    Compiled into a table by SentencePiece (Kudo and Richardson 2018), which `tokenizers` reads as `Precompiled`.
    """
    return normalizers.Precompiled(_compiled(character_rules()))


def character_rules() -> dict[str, str]:
    """What each character becomes, for those that change."""
    import opencc

    simplify = opencc.OpenCC("t2s").convert
    characters = [chr(code) for first, last in _BLOCKS for code in range(first, last)]
    plain = [unicodedata.normalize("NFKC", character) for character in characters]
    simplified = simplify("\n".join(plain)).split("\n")
    folded = {old: "".join(map(_kept, new.lower())) for old, new in zip(characters, simplified, strict=True)}
    return {old: new for old, new in folded.items() if new != old}


def _kept(character: str) -> str:
    if character.isdecimal():
        return f" {unicodedata.decimal(character)} "
    return character if unicodedata.category(character)[0] in "LM" else " "


def _compiled(rules: dict[str, str]) -> bytes:
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.tsv"
        path.write_text("".join(f"{_codes(old)}\t{_codes(new)}\n" for old, new in rules.items()), encoding="utf-8")
        model = io.BytesIO()
        # Only the table is wanted; the vocabulary that SentencePiece asks for is thrown away.
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["a b c d e f g"]), model_writer=model, vocab_size=12, hard_vocab_limit=False,
            normalization_rule_tsv=str(path), minloglevel=2,
        )
    parsed = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
    parsed.ParseFromString(model.getvalue())
    return bytes(parsed.normalizer_spec.precompiled_charsmap)


def _codes(text: str) -> str:
    return " ".join(f"{ord(character):X}" for character in text)
