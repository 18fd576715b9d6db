"""The benchmark itself: its measures against numbers counted by hand, its pages against their own truth."""

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from qa.articles.lines import read_lines
from qa.benchmark.__main__ import main as benchmark
from qa.benchmark.articles import main, make_sheets, measure, rebuilt, table
from qa.benchmark.articles.baselines import blank_line_paragraphs, markdown_headings
from qa.benchmark.articles.corpus import Source, load_sources, localised, shortened
from qa.benchmark.articles.faults import misread, noisy, scramble
from qa.benchmark.articles.headlines import headline_group
from qa.benchmark.articles.layout import Sheet, TrueArticle, compose, render
from qa.benchmark.articles.measures import Found, Tally, score_page
from qa.benchmark.articles.rows import Row, Style, set_rows, story_rows
from qa.benchmark.articles.scans import score_scans
from qa.benchmark.tagger import train_seam, true_tags
from qa.datatypes import Page
from qa.errors import InputError

BODY = "本市今天举行会议,研究部署下一阶段的重点工作,要求各部门抓好落实。"


def _record(n: int, **other: str) -> dict[str, object]:
    title = f"第{n}号新闻:各地积极开展工作"
    body = "\n".join(f"第{n}条新闻的第{k}段。{BODY}" for k in range(4))
    return {"date": "20200101", "title": title, "tags": [], "brief": f"第{n}条新闻的摘要内容。", "body": body, **other}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    with gzip.open(folder / "xwlb_news.jsonl.gz", "wt", encoding="utf-8") as file:
        for n in range(120):
            file.write(json.dumps(_record(n), ensure_ascii=False) + "\n")
    return folder


def _sources(data: Path) -> list[Source]:
    return load_sources(data, 100, 0, "train")


def test_training_and_test_stories_are_disjoint(data: Path) -> None:
    train, test = ({s.title for s in load_sources(data, 1000, 0, part)} for part in ("train", "test"))
    assert train and test and not train & test and len(train | test) == 120


def test_what_only_television_has_is_cut_off(tmp_path: Path) -> None:
    body = f"中国网络电视台消息(新闻联播)：{BODY * 5} (视频编辑：张三 文字编辑：李四)"
    record = _record(1, title="【新闻视点】各地开展春耕生产", body=body)
    with gzip.open(tmp_path / "xwlb_news.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write((json.dumps(record, ensure_ascii=False) + "\n") * 2)
    found = load_sources(tmp_path, 9, 0, "train") + load_sources(tmp_path, 9, 0, "test")
    assert {(s.title, s.label, "".join(text for _, text in s.parts)) for s in found} == {
        ("各地开展春耕生产", "新闻视点", BODY * 5)
    }


def test_a_folder_without_the_data_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="xwlb_news"):
        load_sources(tmp_path, 1, 0)
    assert main(["--data", str(tmp_path)]) == 1 and "xwlb_news" in capsys.readouterr().err


def test_an_unknown_benchmark_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark(["nothing"]) == 2 and "articles" in capsys.readouterr().err
    assert benchmark([]) == 2


def test_the_whole_benchmark_runs_and_prints_both_ways(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data), "--pages", "4", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report) == [
        "noise 0%", "noise 1%", "noise 2%", "noise 5%", "blank_line_paragraphs", "markdown_headings",
    ]  # fmt: skip
    assert all(0 <= column["b_cubed_f1"] <= 1 for column in report.values())
    assert "b_cubed_f1" in table(report) and "scan_pairs_found" in table(report)


def test_the_same_seed_gives_the_same_pages(data: Path) -> None:
    sources = _sources(data)
    one, two, other = (list(make_sheets(sources, 5, seed, 0.01)) for seed in (1, 1, 2))
    assert one == two and one != other


def test_the_truth_of_a_page_points_to_the_lines_it_names(data: Path) -> None:
    for sheet in make_sheets(_sources(data), 25, 3, 0.0):
        lines = sheet.page.text.splitlines()
        seen: set[int] = set()
        for article in sheet.articles:
            assert not seen & set(article.lines) and len(set(article.lines)) == len(article.lines)
            seen |= set(article.lines)
            assert all(lines[n - 1].strip() for n in article.lines)
            assert article.repeats <= set(article.lines)
            assert all({a, b} <= set(article.lines) for a, b in article.joins)
            title = "".join(article.title.split())
            assert title in "".join("".join(lines[n - 1].split()) for n in article.lines)
        rest = {n for n, line in enumerate(lines, 1) if line.strip()} - seen
        assert len(rest) == sum(row.story < 0 for row in sheet.rows)


def test_every_row_has_one_tag(data: Path) -> None:
    for sheet in make_sheets(_sources(data), 10, 4, 0.0):
        tags = true_tags(sheet)
        assert len(tags) == len(sheet.rows) == len(read_lines(sheet.page.text))
        assert all((tag == "furniture") == (row.story < 0) for tag, row in zip(tags, sheet.rows, strict=True))


STYLE = Style(0, "lines", True, False, 0.0, 14, 0.0, 1.0, "", 0.0, 1.0, False, False)
ROWS = [
    Row(0, "标题在这里", "headline:title", 0),
    Row(0, "本报讯 第一段没有", "byline", 1, lead="本报讯", part=0),
    Row(0, "完。", "body", 2, tied=True, torn=True, part=0),
    Row(0, "第二段。", "body", 3, part=1),
    Row(1, "另一个标题", "headline:title", 0, mark="# "),
    Row(1, "第三段。", "body", 1, part=0),
]


def test_a_rendered_page_and_its_truth_can_be_read_by_eye() -> None:
    sheet = render("a.txt", ROWS, STYLE)
    assert sheet.page.text == (
        "\n\n\n标题在这里\n\n本报讯 第一段没有\n\n完。\n\n第二段。\n\n# 另一个标题\n\n第三段。\n"
    )
    assert sheet.articles == (
        TrueArticle("标题在这里", "本报讯", "", (4, 6, 8, 10), frozenset({(6, 8)}), frozenset()),
        TrueArticle("另一个标题", "", "", (12, 14), frozenset(), frozenset()),
    )


def test_the_tags_of_a_page_follow_from_its_rows() -> None:
    sheet = render("a.txt", ROWS, STYLE)
    assert true_tags(sheet) == ["headline", "byline", "continues", "begins", "headline", "begins"]
    moved = render("a.txt", [*ROWS[:2], *ROWS[3:], ROWS[2]], STYLE)
    assert true_tags(moved)[-1] == "detached"


def test_seams_that_nobody_can_tell_are_left_out_of_the_count() -> None:
    ends = Row(0, "一二三四五六七八九十一二三。", "body", 1, part=0, full=True)
    after = Row(0, "第二段从这里开始。", "body", 2, part=1)
    sheet = render("a.txt", [ROWS[0], ends, after], STYLE)
    assert sheet.articles[0].open == {(6, 8)} and not sheet.articles[0].joins
    tally = Tally()
    score_page(tally, sheet, [Found("标题在这里", "", (4, 6, 8), frozenset({(6, 8)}))])
    assert tally.counts["joins_made"] == 0
    for other in (replace(STYLE, indent=True), replace(STYLE, blank="paragraphs")):
        assert not render("a.txt", [ROWS[0], ends, after], other).articles[0].open
    apart = render("a.txt", [ROWS[0], ends, Row(0, "小标题", "subhead", 2), replace(after, order=3)], STYLE)
    assert not apart.articles[0].open


def test_a_torn_byline_is_no_part_of_the_paragraph_behind_it() -> None:
    torn = [
        Row(0, "本报讯(记者 张", "byline", 0, lead="本报讯(记者 张三丰)", part=0),
        Row(0, "三丰)", "body", 1, tied=True, torn=True, part=0),
        Row(0, "第一段的", "body", 2, tied=True, torn=True, part=0),
        Row(0, "后半。", "body", 3, tied=True, torn=True, part=0),
    ]
    article = render("a.txt", torn, STYLE).articles[0]
    assert article.open == {(3, 5), (5, 7)} or article.open == {(4, 6), (6, 8)}
    assert len(article.joins) == 1 and max(article.joins) > max(article.open)


def test_an_office_in_a_headline_is_named_by_the_text_too(data: Path) -> None:
    plain = _sources(data)[0]
    named = localised(plain, "苏州市图书馆")
    assert named.parts[0][1].startswith("记者从苏州市图书馆获悉，") and named.parts[1:] == plain.parts[1:]
    titles = [head.text for seed in range(60) for head in headline_group(named, random.Random(seed), 1, "")]
    assert all(title.startswith("苏州市图书馆") for title in titles if "图书馆" in title)


def test_lines_are_full_up_to_the_end_of_their_paragraph() -> None:
    style = replace(STYLE, width=10)
    rows = set_rows(Row(0, "", "body", part=0), "一二三四五六七八九十" * 2 + "末。", 10, style, random.Random(0))
    assert [row.full for row in rows] == [True, True, False]
    assert not any(row.full for row in set_rows(Row(0, "", "body", part=0), "一二三四。", 0, style, random.Random(0)))


def _score(found: list[Found]) -> dict[str, float]:
    tally = Tally()
    score_page(tally, render("a.txt", ROWS, STYLE), found)
    return tally.report()


def test_a_perfect_reconstruction_scores_one_everywhere() -> None:
    right = [
        Found("标题在这里", "本报讯", (4, 6, 8, 10), frozenset({(6, 8)})),
        Found("另一个标题", "", (12, 14)),
    ]
    report = _score(right)
    assert report["order_errors_per_page"] == report["articles_split"] == report["articles_merged"] == 0
    assert report["bylines_invented"] == 0
    rest = set(report) - {"order_errors_per_page", "articles_split", "articles_merged", "bylines_invented"}
    assert all(report[name] == 1.0 for name in rest)


def test_a_page_in_one_piece_is_merged() -> None:
    report = _score([Found("标题在这里", "", (4, 6, 8, 10, 12, 14))])
    precision = (4 * 4 / 6 + 2 * 2 / 6) / 6  # B-cubed by hand: 4 lines at 4/6, 2 lines at 2/6
    assert report["b_cubed_f1"] == pytest.approx(2 * precision / (1 + precision))
    assert (report["articles_merged"], report["articles_found"], report["headline_exact"]) == (1.0, 0.0, 0.5)
    assert (report["join_recall"], report["byline_found"]) == (0.0, 0.0)


def test_a_page_in_single_lines_is_split() -> None:
    report = _score([Found("x", "", (n,)) for n in (4, 6, 8, 10, 12, 14)])
    recall = (4 * 1 / 4 + 2 * 1 / 2) / 6
    assert report["b_cubed_f1"] == pytest.approx(2 * recall / (1 + recall))
    assert report["articles_split"] == 1.0


def test_lines_in_the_wrong_order_are_counted() -> None:
    found = [Found("标题在这里", "本报讯", (4, 10, 6, 8)), Found("另一个标题", "", (12, 14))]
    assert _score(found)["order_errors_per_page"] == 1.0


def test_wrong_joins_and_repeats_cost_precision() -> None:
    found = [Found("标题在这里", "", (4, 6, 8, 10), frozenset({(6, 8), (8, 10)}), frozenset({10}))]
    report = _score(found)
    assert (report["join_precision"], report["join_recall"], report["repeat_precision"]) == (0.5, 1.0, 0.0)


def test_the_baselines_do_what_their_names_say() -> None:
    page = Page("a.txt", "# 甲\n正文一\n\n正文二\n# 乙\n## 副题\n\n正文三\n")
    assert [f.lines for f in blank_line_paragraphs(page)] == [(1, 2), (4, 5, 6), (8,)]
    assert [(f.title, f.lines) for f in markdown_headings(page)] == [("甲", (1, 2, 4)), ("乙", (5, 6, 8))]


def test_noise_changes_about_as_many_characters_as_it_should() -> None:
    rng = random.Random(0)
    text = "春眠不觉晓处处闻啼鸟夜来风雨声花落知多少" * 200
    changed = noisy(text, 0.05, "甲乙丙丁", rng)
    substituted = sum(character in "甲乙丙丁" for character in changed)
    assert 0.02 < substituted / len(text) < 0.05
    assert noisy(text, 0.0, "甲", rng) == text
    assert misread(ROWS, 0.0, rng) == ROWS


def test_faults_move_and_copy_rows_but_invent_none(data: Path) -> None:
    rng = random.Random(1)
    style = Style.draw(rng)
    stories = [story_rows(i, source, STYLE, rng) for i, source in enumerate(_sources(data)[:30])]
    after = [row for block in scramble(stories, STYLE, rng) for row in block]
    texts = {row.text for story in stories for row in story}
    assert {row.text for row in after} <= texts
    assert any(row.repeat for row in after) and style != STYLE


def test_a_headline_group_has_one_title_and_a_label_on_top(data: Path) -> None:
    rng = random.Random(2)
    for source in _sources(data)[:20]:
        group = headline_group(source, rng, 3, "民生视点")
        assert [head.kind for head in group].count("title") == 1
        assert (group[0].kind, group[0].text) == ("section", "民生视点")


def test_an_item_in_brief_is_the_start_of_its_story(data: Path) -> None:
    source = _sources(data)[0]
    short = shortened(source, 30)
    assert short.parts == source.parts[:1]


def test_measuring_takes_the_reconstruction_as_a_function(data: Path) -> None:
    sheets = list(make_sheets(_sources(data), 3, 5, 0.0))
    report = measure(sheets, rebuilt)
    assert report["characters_per_minute"] > 0 and 0 <= report["headline_exact"] <= 1


def test_second_scans_of_generated_pages_are_found(data: Path) -> None:
    report = score_scans(_sources(data), 6, 0, 0.02)
    assert report["scan_pairs_found"] == 1.0


def test_english_pages_are_set_in_lines_of_whole_words() -> None:
    text = "The passenger ferry between the islands will start running again in September after three long years."
    source = Source("Ferry service to return in autumn", "", "", (("body", text), ("body", text[:60] + ".")), True)
    sheet: Sheet = compose("e.txt", [source] * 3, random.Random(3))
    words = {word.strip(".") for word in text.split()}
    body = [row.text for row in sheet.rows if row.kind == "body" and not row.text.endswith("-")]
    pieces = [piece for line in body for piece in line.split()]
    assert sum(piece.strip(".") in words for piece in pieces) >= 0.8 * len(pieces)


def test_the_seam_model_learns_which_characters_go_together() -> None:
    parts = tuple(("body", "".join(random.Random(n).choices(["甲乙", "丙丁"], k=30))) for n in range(40))
    weights = train_seam([Source("标题一二三四", "", "", parts)] * 8, random.Random(0))
    from qa.articles.ngrams import seam_buckets

    together, apart = (
        float(weights[seam_buckets([end], [start])].sum()) for end, start in (("丁甲", "乙丙"), ("丁甲", "丁丙"))
    )
    assert together > apart
