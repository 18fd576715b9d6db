"""Lines, columns, seams and tags: the steps that read a page, each against what can be counted by hand."""

import itertools
import random

import numpy as np
import pytest

from qa.articles import ngrams
from qa.articles.cohesion import breaks, likeness, tokens
from qa.articles.features import bin_of, page_features
from qa.articles.joins import surely_unbegun, unbegun, unfinished
from qa.articles.lines import column_widths, read_lines
from qa.articles.looks import look
from qa.articles.tagger import TAGS, Weights, tag_lines, viterbi


def test_a_line_knows_its_number_its_place_and_its_marks() -> None:
    text = "\n\n## 标题 ##\n\n**小标题**\n　　正文第一句。\r\n> 引文\n---\n"
    lines = read_lines(text)
    assert [(line.number, line.text, line.level, line.bold, line.gap) for line in lines] == [
        (3, "标题", 2, False, 2),
        (5, "小标题", 0, True, 1),
        (6, "正文第一句。", 0, False, 0),
        (7, "引文", 0, False, 0),
    ]
    assert all(text[line.start : line.end] == line.text for line in lines)
    assert [line.indented for line in lines] == [False, False, True, False]


def test_marks_without_a_text_and_rules_are_no_lines() -> None:
    assert read_lines("#\n**\n* * *\n===\n\n　\n") == []


def test_bold_inside_a_line_is_left_alone() -> None:
    (line,) = read_lines("**注意**今天停水。")
    assert (line.text, line.bold) == ("**注意**今天停水。", False)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_alike_with_every_line_end(end: str) -> None:
    assert [line.number for line in read_lines(end.join(["甲", "", "乙", "", "", "丙"]))] == [1, 3, 6]


def test_a_printed_chinese_character_is_as_wide_as_two_latin_ones() -> None:
    (line,) = read_lines("ab中文12")
    assert line.width == 8


def test_lines_of_one_length_form_a_column_and_paragraphs_do_not() -> None:
    assert column_widths([28] * 6 + [10] + [28] * 6)[3] == 28
    assert column_widths([300, 40, 520, 18, 260, 90, 410]) == [0] * 7
    assert column_widths([]) == [] and column_widths([20]) == [0]


@pytest.mark.parametrize("text", ["他说", "通过提高职工技能和待遇,丰富职工", "乐于停", "共3.5", "第1.", "“网格长"])
def test_an_end_without_final_punctuation_is_unfinished(text: str) -> None:
    assert unfinished(text)


@pytest.mark.parametrize("text", ["他说。", "真的吗?", "“好!”", "如下:", "等等……", "(完。)", "He left."])
def test_an_end_with_final_punctuation_is_finished(text: str) -> None:
    assert not unfinished(text)


@pytest.mark.parametrize(
    "text", [",他说", "。第二天", "的工作", "了起来", "们的家", "善。", "业,加快", "单、政府来买单”培训"]
)
def test_a_start_inside_a_sentence_is_unbegun(text: str) -> None:
    assert unbegun(text)


@pytest.mark.parametrize(
    "text", ["近日,某县", "首先,通过", "“好的。”他说", "5年,从400降到4", "的确如此", "了解情况", "第二天,"]
)
def test_a_start_of_a_sentence_is_not_unbegun(text: str) -> None:
    assert not unbegun(text)


def test_what_can_never_begin_a_sentence_is_surely_unbegun() -> None:
    assert surely_unbegun("等方式,拓展教育资源") and surely_unbegun("、居住条件") and surely_unbegun("”培训模式")
    assert not surely_unbegun("等待是漫长的") and not surely_unbegun("的士司机") and not surely_unbegun("等一等再说")


def test_the_seam_model_tells_a_word_cut_in_two_from_chance() -> None:
    pairs = [("着力提升服务质", "量和水平"), ("推动经济社会高质量发", "展,努力"), ("召开新闻发布", "会,介绍")]
    wrong = [(end, start) for (end, _), (_, start) in zip(pairs, [*pairs[1:], pairs[0]], strict=True)]
    right_scores = ngrams.seam_scores(*map(list, zip(*pairs, strict=True)))
    wrong_scores = ngrams.seam_scores(*map(list, zip(*wrong, strict=True)))
    assert all(right > other for right, other in zip(right_scores, wrong_scores, strict=True))
    assert ngrams.seam_scores([], []) == []


def test_the_heading_model_tells_headlines_from_pieces_of_text() -> None:
    heads = ["全国人大常委会举行第十次会议", "我国成功发射通信卫星", "各地积极开展防汛救灾工作"]
    pieces = ["的重要组成部分,他表示,将进", "和有关部门负责人一起到现场,", "了一批又一批的志愿者,他们在"]
    assert min(map(ngrams.heading_score, heads)) > max(map(ngrams.heading_score, pieces))


def test_the_byline_model_knows_a_garbled_byline() -> None:
    assert (
        ngrams.credit_score("本报汛 记耆张三 通汛员李四报道 ")
        > 0
        > ngrams.credit_score("近年来,全市经济社会发展取得了")
    )


def test_packed_weights_unpack_to_the_same() -> None:
    weights = np.random.default_rng(0).integers(-127, 128, 1000).astype(np.int8)
    assert (ngrams.unpack(ngrams.pack(weights)) == weights).all()


def test_buckets_stay_in_their_table_and_digits_are_alike() -> None:
    buckets = ngrams.seam_buckets(["甲乙丙", "1", ""], ["丁", "戊己庚辛", ""])
    assert buckets.shape == (3, ngrams.SEAM_FEATURES) and int(buckets.max()) < 2**ngrams.SEAM_BITS
    assert (ngrams.heading_buckets("共12人") == ngrams.heading_buckets("共98人")).all()
    assert int(ngrams.heading_buckets("").max()) < 2**ngrams.HEADING_BITS


def test_the_subject_breaks_where_the_words_change() -> None:
    ships = ["港口的货轮今天靠岸,码头工人卸下集装箱。", "码头的集装箱堆满了,货轮明天离开港口。"]
    trees = ["苹果树开花了,果农忙着修剪枝条。", "果农说,苹果树的枝条要修剪得疏一些。"]
    found = breaks(ships + trees)
    assert found[2] == max(found[1:]) and found[0] == 0.5
    assert likeness(ships[:1], ships[1:]) > likeness(ships, trees) and likeness([], ships) == 0.0


def test_tokens_are_character_pairs_and_long_latin_words() -> None:
    assert tokens("苹果树 and water") == {"苹果", "果树", "water"}


def test_scores_are_put_into_few_bins() -> None:
    assert [bin_of(score) for score in (-99, -1.4, 0.2, 1.6, 99)] == [-4, -1, 0, 1, 4]


def _random_weights(rng: random.Random) -> Weights:
    size = len(TAGS)
    line = {f"f{n}": np.array([rng.uniform(-1, 1) for _ in range(size)]) for n in range(5)}
    pair = {f"p{n}": np.array([[rng.uniform(-1, 1) for _ in range(size)] for _ in range(size)]) for n in range(3)}
    return Weights(line, pair)


@pytest.mark.parametrize("seed", range(5))
def test_the_decoded_tags_are_the_best_of_all_sequences(seed: int) -> None:
    rng = random.Random(seed)
    weights = _random_weights(rng)
    own = [rng.sample(sorted(weights.line), 2) for _ in range(4)]
    pairs: list[list[str]] = [[], *(rng.sample(sorted(weights.pair), 1) for _ in range(3))]

    def score(path: tuple[int, ...]) -> float:
        total = sum(float(weights.emissions(own[i])[tag]) for i, tag in enumerate(path))
        steps = itertools.pairwise(path)
        return total + sum(float(weights.transitions(pairs[i])[a, b]) for i, (a, b) in enumerate(steps, 1))

    best = max(itertools.product(range(len(TAGS)), repeat=4), key=score)
    assert tuple(viterbi(weights, own, pairs)) == best


def test_a_feature_that_was_never_learned_weighs_nothing() -> None:
    weights = Weights({"known": np.ones(len(TAGS))}, {})
    assert (weights.emissions(["known", "unknown"]) == 1).all()


def test_every_line_gets_features_and_a_tag() -> None:
    lines = read_lines("标题在这里\n\n本报讯 记者张三报道 近日,某县举行了文艺汇演。\n\n演出持续到深夜。\n")
    own, pairs = page_features(lines)
    assert len(own) == len(pairs) == 3 and pairs[0] == [] and all("bias" in names for names in own)
    assert tag_lines(lines) == ["headline", "byline", "begins"]
    assert tag_lines([]) == []


def test_a_connective_is_never_tagged_a_heading() -> None:
    text = (
        "## 标题在这里\n\n本报讯 记者张三报道 某县新办了三所学校,今年开学。\n\n首先,通过扩班级\n\n## 另一个标题在这里\n"
    )
    tags = tag_lines(read_lines(text))
    assert tags[2] not in ("headline", "subhead") and tags[3] == "headline"


@pytest.mark.parametrize(
    ("text", "end", "start"),
    [
        ("他说:“好。”", "final", "han"),
        ("“网格连心”", "closed", "opener"),
        ("真的吗?", "asked", "han"),
        ("一、加强领导", "open", "han"),
        ("corro-", "hyphen", "lower"),
        ("共3", "digit", "han"),
        ("一方面,", "pause", "han"),
        ("首先,要做好", "open", "connective"),
    ],
)
def test_the_edges_of_a_line_are_named(text: str, end: str, start: str) -> None:
    (line,) = read_lines(text)
    assert (look(line).end, look(line).start) == (end, start)


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("HARBOUR", "capitals"),
        ("Ferry Returns To Port", "title"),
        ("Ferry returns to port", "sentence"),
        ("中文", "han"),
    ],
)
def test_the_case_of_latin_lines_is_named(text: str, case: str) -> None:
    (line,) = read_lines(text)
    assert look(line).case == case
