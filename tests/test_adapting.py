"""Adapting the bundled model to pages without labels: reading them, new words, and a small run from end to end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embeddings import BUNDLED, load_encoder
from embeddings.train import pages

pytest.importorskip("torch")
pytest.importorskip("sentencepiece")

from embeddings.train import adapting
from embeddings.train.__main__ import main

PAGE = """
# 雾凇湖畔灯会开幕
本报讯 昨晚,雾凇湖畔灯会在湖心岛开幕,三千盏花灯同时点亮,引来两万名游客沿着湖岸观
赏。组织者说,灯会将持续到月底,每晚八点还有烟花表演。市民可以凭身份证免费入场。

老街修缮完工
经过两年修缮,老街的四十二座民居恢复了原貌,居民本周陆续搬回新家。修缮中保留了全部木雕,
屋顶换上了传统的小青瓦。街道还为老人加装了扶手和路灯。
"""


def test_headlines_open_stories_and_torn_lines_are_joined() -> None:
    stories = pages.stories_of(PAGE)
    assert [title for title, _ in stories] == ["雾凇湖畔灯会开幕", "老街修缮完工"]
    assert "沿着湖岸观赏。组织者说" in stories[0][1]
    assert stories[1][1].endswith("扶手和路灯。")


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("短。" * 5, []),  # too short for a story
        ("没有标题的正文一直写下去,写了很长很长。" * 4, [""]),
        (
            "标题在上\n" + "正文一句话说得很长很长很长。" * 6 + "\n下一个标题\n" + "另一篇正文说得也很长很长。" * 6,
            ["标题在上", "下一个标题"],
        ),
        ("正文还没有说完就换了行\n" + "所以这一行接着上面说下去很长。" * 6, ["正文还没有说完就换了行"]),
        ("正文的第一句话。句子在这里断\n开了没有标题的样子\n" + "接着说下去很长很长的正文。" * 6, [""]),
    ],
)
def test_what_counts_as_a_headline(text: str, titles: list[str]) -> None:
    assert [title for title, _ in pages.stories_of(text)] == titles


def test_latin_words_do_not_run_together_and_chinese_lines_do() -> None:
    text = pages.stories_of(
        "The festival opened on the lake\nlast night。" + "湖边的灯会开幕了很热闹。" * 6 + "人\n们"
    )[0][1]
    assert "lake last night" in text or text.startswith("last night")
    assert text.endswith("人们")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_pages_are_read_in_the_encodings_of_newspapers(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "page.txt").write_bytes(PAGE.encode(encoding))
    (tmp_path / "copy.txt").write_bytes(PAGE.encode(encoding))
    assert [title for title, _ in pages.read_stories(tmp_path)] == ["雾凇湖畔灯会开幕", "老街修缮完工"]


def test_an_empty_folder_is_refused_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--add", str(tmp_path), "--out", str(tmp_path / "model")]) == 1
    assert str(tmp_path) in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_neither_data_nor_pages_is_wrong_usage(tmp_path: Path) -> None:
    for arguments in ([], ["--add", str(tmp_path)]):
        with pytest.raises(SystemExit) as refused:
            main(arguments)
        assert refused.value.code == 2


def test_sentences_are_long_enough_to_say_something() -> None:
    assert pages.sentences("好。今天的灯会来了很多很多人!真的?下一届灯会什么时候再办呢?") == [
        "今天的灯会来了很多很多人!",
        "下一届灯会什么时候再办呢?",
    ]


def test_a_frequent_name_in_two_pieces_becomes_a_word_and_chance_neighbours_do_not() -> None:
    tokenizer, _ = adapting._read(None)
    pieces = ("婺", "剡")
    assert all(tokenizer.token_to_id(piece) for piece in pieces)
    texts = [f"{''.join(pieces)}的工会在{place}举办活动" for place in ("北京", "上海", "广州") for _ in range(4)]
    texts += ["志愿者的确很好地帮助了他的上海朋友,图书馆的灯也亮了"] * 50
    words = adapting.new_words(tokenizer, texts)
    assert "婺剡" in words
    assert not [word for word in words if "的" in word]


def test_a_new_word_begins_as_the_sum_of_its_pieces_and_old_tokens_stay() -> None:
    tokenizer, table = adapting._read(None)
    wider, rows = adapting.extended(tokenizer, table, ["婺剡"])
    np.testing.assert_array_equal(rows[:-1], table)
    parts = [table[tokenizer.token_to_id(piece)] for piece in ("婺", "剡")]
    np.testing.assert_allclose(rows[-1], np.sum(parts, axis=0), rtol=1e-5)
    assert wider.encode("婺剡的工会", add_special_tokens=False).tokens[0] == "婺剡"
    known = tokenizer.get_vocab()
    assert {word: row for word, row in wider.get_vocab().items() if word in known} == known
    assert adapting.extended(tokenizer, table, []) == (tokenizer, table)


def test_questions_are_made_of_stories_kept_out() -> None:
    held = [
        ("灯会开幕", "第一句话说的是灯会。第二句话说的是烟花表演时间。第三句话说的是免费入场。"),
        ("", "只有一句话的故事在这里。"),
    ]
    learned = [("老街", "居民搬回了修好的老街。" * 40)] * 20
    headlines, taken = adapting.tasks_of(held, learned)
    assert headlines.questions == ["灯会开幕"]
    assert headlines.passages[headlines.relevant[0]] == held[0][1]
    assert "烟花" in taken.questions[0] + held[0][1]
    assert "第二句话" not in taken.passages[taken.relevant[0]]
    assert all(len(passage) <= 300 for passage in headlines.passages)


def many_pages(folder: Path) -> None:
    """Forty stories about invented places: what the model has never read."""
    random = np.random.default_rng(0)
    things = ["灯会", "老街", "书店", "渡口", "茶园", "剧场", "码头", "集市"]
    for number in range(40):
        place = "婺剡" if number % 10 == 0 else ("北京", "上海", "广州", "武汉")[number % 4]
        thing, other = random.choice(things, 2, replace=False)
        body = (
            f"昨天,{place}的{thing}第{number}次开放,来了{random.integers(100, 900)}人。{place}人说{other}也要修好。" * 3
        )
        (folder / f"{number:02}.txt").write_text(f"{place}{thing}开放{number}\n{body}\n", encoding="utf-8")


def test_a_small_run_gives_a_model_that_loads_and_says_what_it_brought(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pages").mkdir()
    many_pages(tmp_path / "pages")
    out = tmp_path / "model"
    assert main(["--add", str(tmp_path / "pages"), "--out", str(out), "--steps", "6", "--threads", "1"]) == 0
    shown = capsys.readouterr().out
    for name in ("headlines, before", "headlines, after", "sentences, before", "sentences, after"):
        assert f"| {name} |" in shown
    assert "婺剡" in shown
    adapted, bundled = load_encoder(str(out)), load_encoder()
    assert adapted.dim == bundled.dim
    assert adapted.fingerprint != bundled.fingerprint
    assert len(adapted.token_ids(["婺剡"])[0]) == 1 < len(bundled.token_ids(["婺剡"])[0])
    texts = ["银行降低了贷款利率。", "bank loan"]
    assert (adapted.encode_query(texts) * bundled.encode_query(texts)).sum(axis=1).min() > 0.9


def test_a_model_of_another_kind_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pages").mkdir()
    many_pages(tmp_path / "pages")
    other = tmp_path / "other"
    other.mkdir()
    for file in ("config.json", "modules.json", "model.safetensors"):
        (other / file).write_bytes((BUNDLED / file).read_bytes())
    content = (BUNDLED / "tokenizer.json").read_text(encoding="utf-8")
    changed = content.replace('"continuing_subword_prefix":""', '"continuing_subword_prefix":"##"')
    (other / "tokenizer.json").write_text(changed, encoding="utf-8")
    arguments = ["--add", str(tmp_path / "pages"), "--model", str(other), "--out", str(tmp_path / "model")]
    assert main(arguments) == 1
    assert str(other) in capsys.readouterr().err
