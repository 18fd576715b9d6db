"""Scans of one page collated: places exact, every disagreement real, planted gaps filled, two reports left apart."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.articles import reconstruct
from qa.collation import Collation, Scan, Stretch, collate
from qa.collation.alignment import align
from qa.collation.evidence import choose, likelihood
from qa.collation.letters import Letters
from qa.collation.readings import Reading
from qa.datatypes import Article, Page, Paragraph
from qa.text import fold, squeeze

SEEDS = Path(__file__).parent.parent / "seeds"
PAGES = [Page(path.name, path.read_text("utf-8")) for path in sorted(SEEDS.glob("0*.txt"))]
SENTENCES = list(
    dict.fromkeys(
        s.strip() + "。" for page in PAGES[2:] for s in page.text.split("。") if 20 < len(s) < 90 and "\n" not in s
    )
)


def page_of(source: str, paragraphs: Sequence[str], title: str = "") -> tuple[Page, Article]:
    """A page of one story, a paragraph a line, and the story."""
    text, parts = "", []
    for n, words in enumerate([title, *paragraphs] if title else paragraphs):
        span = (len(text), len(text) + len(words))
        parts.append(Paragraph(words, (span,), "headline" if title and n == 0 else "body"))
        text += words + "\n\n"
    return Page(source, text), Article(source, title, tuple(parts))


def merged(own: Sequence[str], *others: Sequence[str], title: str = "") -> tuple[Collation, dict[str, Page]]:
    page, article = page_of("own.txt", own, title)
    rest = [page_of(f"other{n}.txt", paragraphs) for n, paragraphs in enumerate(others)]
    found = collate(article, page.text, [Scan.of(other.source, [story]) for other, story in rest])
    return found, {one.source: one for one in (page, *(other for other, _ in rest))}


def check_places(found: Collation, pages: dict[str, Page]) -> None:
    """Joining the file's text at the spans of every reading gives the reading, and the readings give the text."""
    for stretch in found.stretches:
        for reading in stretch.readings:
            there = "".join(pages[reading.source].text[start:end] for start, end in reading.spans)
            assert squeeze(there) == squeeze(reading.text)
        if stretch.why == "agreed":
            assert len({fold(squeeze(reading.text)) for reading in stretch.readings}) == 1
        elif stretch.why != "gap":
            assert len({fold(squeeze(reading.text)) for reading in stretch.readings}) > 1
    assert squeeze(found.text) == squeeze("".join(stretch.reading.text for stretch in found.stretches))


def own_text(found: Collation) -> str:
    """What the own file prints, in order."""
    own = (reading.text for one in found.stretches for reading in one.readings[:1] if reading.source == found.source)
    return squeeze("".join(own))


def readings(stretch: Stretch) -> list[str]:
    return [reading.text for reading in stretch.readings]


# --- two scans -----------------------------------------------------------------------------------------------------


def test_both_readings_of_a_name_are_kept_with_their_places() -> None:
    story = [SENTENCES[0], "奉化区总工会副主席许祯表示,下一步将协同全区27个联动部门。", SENTENCES[1]]
    misread = [SENTENCES[0], "奉化区总工会副主席许被表示,下一步将协同全区27个联动部门。", SENTENCES[1]]
    found, pages = merged(misread, story)
    check_places(found, pages)
    (one,) = found.disagreements
    assert readings(one) == ["被", "祯"]
    assert [pages[r.source].text[r.spans[0][0] - 1 : r.spans[0][1] + 2] for r in one.readings] == [
        "许被表示",
        "许祯表示",
    ]
    assert found.witnesses == ("other0.txt",) and found.filled == ()
    assert [reading.text for reading in one.others] == [text for text in readings(one) if text != one.reading.text]


def test_a_lost_paragraph_is_filled_with_its_own_places() -> None:
    story = SENTENCES[:6]
    found, pages = merged([*story[:2], *story[3:]], story, title="江南桥通车了")
    check_places(found, pages)
    (one,) = found.filled
    assert one.reading.text == story[2] and one.reading.source == "other0.txt" and one.why == "gap"
    assert found.text == "\n".join(["江南桥通车了", *story])
    assert found.disagreements == ()


def test_the_lost_half_of_a_paragraph_is_joined_to_the_other_half() -> None:
    words = "".join(SENTENCES[:4])
    found, pages = merged([SENTENCES[5], words[:50]], [SENTENCES[5], words])
    check_places(found, pages)
    assert found.text == f"{SENTENCES[5]}\n{words}"
    found, pages = merged([words[60:], SENTENCES[5]], [words, SENTENCES[5]])
    assert found.text == f"{words}\n{SENTENCES[5]}"


def test_what_only_the_own_file_has_stays() -> None:
    story = SENTENCES[:5]
    found, pages = merged(story, [*story[:1], *story[2:]])
    check_places(found, pages)
    assert found.text == "\n".join(story) and found.filled == () and found.disagreements == ()
    alone = [stretch for stretch in found.stretches if len(stretch.readings) == 1]
    assert squeeze("".join(stretch.reading.text for stretch in alone)) == squeeze(story[1])


def test_words_that_stand_elsewhere_on_the_own_page_fill_no_gap() -> None:
    story = SENTENCES[:4]
    page, article = page_of("own.txt", [story[0], story[1], story[3]])
    other, whole = page_of("other.txt", story)
    page = Page(page.source, page.text + story[2])  # the reconstruction gave it to another story
    assert collate(article, page.text, [Scan.of("other.txt", [whole])]).filled == ()
    assert other.text  # the scan has it


def test_a_copy_that_is_no_scan_of_the_page_fills_nothing() -> None:
    story = SENTENCES[:4]
    page, article = page_of("own.txt", story[:3])
    _, whole = page_of("other.txt", [*story[:2], "新桥长三百米,宽二十米。", *story[2:]])
    found = collate(article, page.text, [Scan.of("other.txt", [whole], fills=False)])
    assert found.filled == () and found.witnesses == ("other.txt",)


def test_blocks_in_another_order_are_matched_all_the_same() -> None:
    a, b, c = "".join(SENTENCES[:3]), "".join(SENTENCES[3:6]), "".join(SENTENCES[6:9])
    wrong = b[:30] + "囧" + b[31:]
    found, pages = merged([a, wrong, c], [c, a, b])
    check_places(found, pages)
    assert [readings(one) for one in found.disagreements] == [["囧", b[30]]]
    assert found.filled == () and all(len(stretch.readings) == 2 for stretch in found.stretches)


def test_width_script_and_white_space_are_no_disagreement() -> None:
    found, pages = merged(
        ["記者從區總工會獲悉,２０２１年服務職工一萬人次。"], ["记者从区总工会获悉, 2021年服务职工 一万人次。"]
    )
    check_places(found, pages)
    assert found.disagreements == () and found.witnesses == ("other0.txt",)
    assert found.text == "記者從區總工會獲悉,２０２１年服務職工一萬人次。"


def test_english_words_keep_their_spaces() -> None:
    story = [
        "The small business sector often hires first, and banks lend to it last.",
        "Growth returned in the spring.",
    ]
    found, pages = merged([story[0].replace("banks", "bonks"), story[1]], story)
    check_places(found, pages)
    assert found.text in ("\n".join(story), "\n".join(story).replace("banks", "bonks"))


# --- reports of one event ------------------------------------------------------------------------------------------


def test_set_phrases_around_other_names_make_no_copy() -> None:
    frame = "国家主席今天上午在人民大会堂东门外广场举行仪式,欢迎{}对我国进行国事访问。"
    frame += "{}等参加欢迎仪式。两国元首登上检阅台,军乐团奏两国国歌。"
    one = frame.format("法兰西共和国总统马克龙", "全国人大常委会副委员长王东明、国务委员王毅")
    two = frame.format("尼日尔共和国总统伊素福", "中共中央政治局委员丁薛祥、外交部长杨洁篪")
    assert merged([one], [two])[0].witnesses == ()


def test_two_reports_of_one_event_are_not_merged() -> None:
    one = [
        "昨日上午,江南大桥正式通车,市长出席仪式并宣布通车。",
        "大桥全长三百米,双向六车道,总投资两亿元,历时三年建成。",
    ]
    two = [
        "本报记者获悉,市民期盼已久的江南大桥正式通车,首日车流平稳。",
        "家住桥南的居民说,以后上班可以少绕五公里,再也不用等渡船了。",
    ]
    found, _ = merged(one, two)
    assert found.witnesses == () and found.text == "\n".join(one)


def test_set_reports_that_differ_in_their_figures_are_not_merged() -> None:
    report = "截至{}日,全市共接待游客{}万人次,实现旅游收入{}亿元,同比增长{}%,铁路发送旅客{}万人次,秩序良好。"
    found, _ = merged([report.format(11, 12, 13, 14, 15)], [report.format(31, 42, 53, 64, 75)])
    assert found.witnesses == ()


def test_stories_of_the_five_pages_meet_only_in_their_second_scan() -> None:
    stories = {page.source: reconstruct(page) for page in PAGES[1:]}
    for page in PAGES[1:]:
        scans = [Scan.of(source, other) for source, other in stories.items() if source != page.source]
        assert [collate(story, page.text, scans).witnesses for story in stories[page.source]] == [()] * len(
            stories[page.source]
        )


def test_the_torn_story_of_the_first_page_reads_whole() -> None:
    own, other = PAGES[:2]
    stories = reconstruct(own, [other])
    scan = Scan.of(other.source, reconstruct(other, [own]))
    found = next(collate(story, own.text, [scan]) for story in stories if "上好学" in story.title)
    check_places(found, {own.source: own, other.source: other})
    assert "首先,通过扩班级、扩学位" in found.text and len(found.filled) >= 2
    assert {frozenset(readings(one)) for one in found.disagreements} >= {frozenset("祯被")}


# --- three scans ---------------------------------------------------------------------------------------------------


def test_the_majority_of_three_scans_is_shown() -> None:
    story = SENTENCES[:3]
    wrong = [story[0], story[1][:9] + "囧" + story[1][10:], story[2]]
    found, pages = merged(wrong, story, story)
    check_places(found, pages)
    (one,) = found.disagreements
    assert one.why == "majority" and one.reading.text == story[1][9] and len(one.readings) == 3
    assert found.text == "\n".join(story)


def test_a_gap_is_filled_from_the_fullest_scan_and_collated_with_the_next() -> None:
    story = SENTENCES[:5]
    wrong = story[2][:8] + "囧" + story[2][9:]
    found, pages = merged([*story[:2], *story[3:]], story, [*story[:2], wrong, *story[3:]])
    check_places(found, pages)
    assert {reading.source for one in found.filled for reading in one.readings} == {"other0.txt", "other1.txt"}
    assert [readings(one) for one in found.disagreements] == [[story[2][8], "囧"]]
    assert {reading.source for one in found.disagreements for reading in one.readings} == {"other0.txt", "other1.txt"}


# --- which reading -------------------------------------------------------------------------------------------------


def reading(text: str, source: str) -> Reading:
    return Reading(text, ((0, len(text)),), source)


def test_the_likelier_word_is_shown_and_the_own_one_where_nothing_speaks_against_it() -> None:
    assert likelihood("加强", "建设", "工作") > likelihood("加强", "建没", "工作")
    pair = (reading("没", "a"), reading("设", "b"))
    assert choose(pair, "加强作风建", "作出部署") == (1, "words")
    assert choose(pair[::-1], "加强作风建", "作出部署") == (0, "own")


def test_the_archive_bears_witness_to_a_name_nobody_else_knows() -> None:
    known = {"彧森": 9, "蒋彧": 9}
    pair = (reading("或", "a"), reading("彧", "b"))
    assert choose(pair, "通讯员蒋", "森报道", lambda grams: known.get(grams, 0)) == (1, "words")


def test_a_place_without_letters_around_it_can_be_judged() -> None:
    assert likelihood("", "", "") == 0.0
    assert choose((reading("甲", "a"), reading("乙", "b")), "", "")[0] in (0, 1)


# --- any two scans -------------------------------------------------------------------------------------------------


def damaged(sentences: Sequence[str], rate: float, rng: random.Random, spared: str = "") -> list[str]:
    """Each letter misread at `rate`, but for those `spared`: scans whose figures differ are other reports."""

    def misread(letter: str) -> str:
        return chr(rng.randrange(0x4E00, 0x9FA5)) if rng.random() < rate and letter not in spared else letter

    return ["".join(map(misread, sentence)) for sentence in sentences]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_of_any_two_scans_every_place_is_exact_and_every_gap_filled(seed: int) -> None:
    rng = random.Random(seed)
    story = rng.sample(SENTENCES, 8)
    lost = rng.randrange(1, 7)
    left = [s for n, s in enumerate(story) if n != lost]
    own, other = damaged(left, 0.02, rng, spared="0123456789"), damaged(story, 0.02, rng, spared="0123456789")
    found, pages = merged(own, other)
    check_places(found, pages)
    assert own_text(found) == squeeze("".join(own))
    filled = squeeze("".join(stretch.reading.text for stretch in found.filled))
    # Misread letters around a gap may move its edge by some letters; where the words before it end like it, the words
    # filled in are others and the text is the same.
    assert squeeze(other[lost])[3:-3] in squeeze(found.text) and len(filled) <= len(squeeze(other[lost])) + 12
    differing = sum(a != b for s, t in zip(own, [o for n, o in enumerate(other) if n != lost], strict=True)
                    for a, b in zip(s, t, strict=True))  # fmt: skip
    told = sum(max(map(len, readings(one))) for one in found.disagreements)
    assert differing <= told + 12 and told <= 2 * differing + 14


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=5), st.lists(st.text(max_size=60), max_size=5))
def test_any_texts_at_all_can_be_collated(own: list[str], other: list[str]) -> None:
    page, article = page_of("own.txt", [one.strip() for one in own if one.strip()])
    _, story = page_of("other.txt", [one.strip() for one in other if one.strip()])
    found = collate(article, page.text, [Scan.of("other.txt", [story])])
    assert own_text(found) == squeeze(article.text)


@settings(max_examples=60, deadline=None)
@given(st.text("甲乙丙丁戊", max_size=120), st.text("甲乙丙丁戊", max_size=120))
def test_matches_are_true_of_both_texts(one: str, other: str) -> None:
    first, second = Letters.of(one), Letters.of(other)
    end = 0
    for match in align(first, second, [0]):
        here, there = first.text[match.start : match.end], second.text[match.other_start : match.other_end]
        assert (here == there) == (match.kind == "equal")
        assert bool(here) == (match.kind != "lacks") or match.kind == "differs"
        assert match.kind == "extra" or match.start >= end
        end = max(end, match.end) if match.kind in ("equal", "differs") else end


def test_the_time_grows_with_the_text_and_not_with_its_square() -> None:
    import time

    rng = random.Random(5)
    seconds = []
    for size in (60, 240):
        story = ["".join(rng.choices("".join(SENTENCES), k=60)) for _ in range(size)]
        page, article = page_of("own.txt", damaged(story, 0.02, rng))
        _, twin = page_of("other.txt", story)
        start = time.process_time()
        assert collate(article, page.text, [Scan.of("other.txt", [twin])]).witnesses
        seconds.append(time.process_time() - start)
    assert seconds[1] < 12 * seconds[0]


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_collate_is_the_article_itself(count: int) -> None:
    page, article = page_of("own.txt", SENTENCES[:2], "题目")
    scans = [Scan.of("empty.txt", [])][:count]
    found = collate(article, page.text, scans)
    assert found.text == article.text and found.witnesses == ()
    assert found.to_dict() == {"witnesses": [], "text": article.text, "disagreements": [], "filled": []}
