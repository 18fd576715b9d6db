"""Stories of an archive merged with their other prints: which files count, what they fill, what an answer tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa.archive import Archive
from qa.collation import Collation, differences
from qa.datatypes import Traced, Witness
from qa.text import squeeze

NEWS = {
    "桥": [
        "本报讯 记者王建国报道 青田县江南大桥昨日正式通车,两岸居民结束了靠渡船过江的历史,出行时间缩短了半个小时。",
        "大桥全长三百二十米,宽二十四米,总投资一亿八千万元,由省交通设计院的工程师林海涛主持设计,历时三年建成。",
        "县交通局副局长许祯表示,下一步将在桥头修建公交站和停车场,并开通三条新的公交线路,方便沿线村民进城办事。",
        "家住桥南的退休教师周秀英说,她等这座桥等了二十年,今后去县医院看病再也不用担心刮风下雨渡船停航了。",
    ],
    "学校": [
        "本报讯 记者李文静报道 新学期开始,永安镇中心小学的六百名学生搬进了新校舍,教学楼里第一次有了图书室和实验室。",
        "新校舍由县财政和社会捐款共同出资兴建,占地三十亩,可以容纳二十四个班级,操场铺上了塑胶跑道和人工草坪。",
        "校长陈志强介绍,学校还将聘请剪纸和龙舟的传承人担任课外辅导员,让孩子们在课余时间学习家乡的手艺。",
    ],
    "茶": [
        "本报讯 记者赵敏报道 清明前后,松阳茶区的春茶进入采摘旺季,全县十五万亩茶园每天有四万多名采茶工人上山劳动。",
        "今年气温偏低,头茶比往年晚了五天上市,但品质更好,特级银猴每斤卖到一千二百元,茶农的收入比去年增加了一成。",
    ],
}


def page_text(*names: str, **changed: list[str]) -> str:
    titles = {"桥": "江南大桥昨日通车 两岸居民告别渡船", "学校": "六百名学生搬进新校舍", "茶": "松阳春茶进入采摘旺季"}
    return "\n\n".join(f"## {titles[name]}\n\n" + "\n\n".join(changed.get(name, NEWS[name])) for name in names)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Two scans of one page, the first without a paragraph of 桥 and with a name misread; and a reprint elsewhere."""
    folder = tmp_path_factory.mktemp("scans")
    bridge = [NEWS["桥"][0], NEWS["桥"][2].replace("许祯", "许被"), NEWS["桥"][3]]
    longer = [
        *NEWS["茶"],
        "茶叶协会会长吴国平提醒,采茶工人上山要防蛇虫叮咬,各乡镇的卫生院已经备好了药品,随时可以出诊。",
    ]
    texts = {
        "first.txt": page_text("桥", "学校", "茶", 桥=bridge),
        "second.txt": page_text("学校", "桥", "茶"),
        "reprint.txt": page_text("茶", 茶=longer) + "\n\n" + "\n\n".join(other_news()),
    }
    (folder / "pages").mkdir()
    for name, text in texts.items():
        (folder / "pages" / name).write_text(text + "\n", "utf-8")
    with Archive.build([str(folder / "pages")], str(folder / "index")) as built:
        yield built


def other_news() -> list[str]:
    events = [
        "足球联赛",
        "菜市场改造",
        "水库清淤",
        "老街修缮",
        "图书漂流",
        "消防演练",
        "水稻插秧",
        "邻里集市",
        "山路硬化",
    ]
    people = ["钱学文", "孙立", "吴晓", "郑凯", "冯雨", "褚青", "卫兰", "蒋浩", "沈月"]
    return [
        f"## {event}引来众多居民\n\n本报讯 记者{person}报道 {event}在{n + 3}号街区举行,负责人{person}说"
        f"参与者超过{n * 71 + 40}人,"
        f"收到建议{n * 13 + 7}条,将于{n + 4}月底前给出答复,届时{event}的全部账目会张榜公布。"
        for n, (event, person) in enumerate(zip(events, people, strict=True))
    ]


def story(archive: Archive, source: str, words: str) -> Collation:
    article = next(one for one in archive.articles(source) if words in one.title)
    return archive.collate(article)


def check_places(archive: Archive, found: Collation) -> None:
    for stretch in found.stretches:
        for reading in stretch.readings:
            text = archive.page(reading.source).text
            assert squeeze("".join(text[a:b] for a, b in reading.spans)) == squeeze(reading.text)


def test_a_lost_paragraph_comes_from_the_other_scan(archive: Archive) -> None:
    found = story(archive, "first.txt", "江南大桥")
    check_places(archive, found)
    assert found.witnesses == ("second.txt",)
    (one,) = found.filled
    assert squeeze(one.reading.text) == squeeze(NEWS["桥"][1]) and one.reading.source == "second.txt"
    place = found.text.index
    assert place("过江的历史") < place("三百二十米") < place("公交站") < place("周秀英")


def test_both_readings_of_the_name_are_kept(archive: Archive) -> None:
    for source, other in (("first.txt", "second.txt"), ("second.txt", "first.txt")):
        (one,) = story(archive, source, "江南大桥").disagreements
        assert {(reading.source, reading.text) for reading in one.readings} == {
            ("first.txt", "被"),
            ("second.txt", "祯"),
        }
        assert one.readings[0].source == source != other


def test_a_reprint_on_another_page_is_a_witness_and_fills_nothing(archive: Archive) -> None:
    found = story(archive, "first.txt", "春茶")
    check_places(archive, found)
    assert set(found.witnesses) == {"second.txt", "reprint.txt"} and found.filled == ()
    assert "茶叶协会" not in found.text


def test_a_story_that_stands_once_has_no_witness(archive: Archive) -> None:
    for article in archive.articles("reprint.txt")[1:]:
        found = archive.collate(article)
        assert found.witnesses == () and squeeze(found.text) == squeeze(article.text)


def test_every_place_of_every_story_holds_its_characters(archive: Archive) -> None:
    for article in archive.articles():
        found = archive.collate(article)
        check_places(archive, found)
        own = [r.text for one in found.stretches for r in one.readings[:1] if r.source == article.source]
        assert squeeze("".join(own)) == squeeze(article.text)


def test_an_answer_tells_where_its_witness_disagrees(archive: Archive) -> None:
    answer = archive.ask("县交通局副局长是谁?")
    witnesses = [witness for citation in answer.citations for witness in citation.also_in]
    told = {(one.text, one.other) for witness in witnesses for one in witness.differs}
    assert told & {("祯", "被"), ("被", "祯")}
    citation = answer.citations[0]
    for witness in citation.also_in:
        for one in witness.differs:
            here, there = archive.page(citation.source).text, archive.page(witness.source).text
            assert "".join(here[a:b] for a, b in one.spans) == one.text
            assert "".join(there[a:b] for a, b in one.other_spans) == one.other
    record = answer.to_dict()["citations"][0]["also_in"][0]
    assert record["differs"] == [one.to_dict() for one in citation.also_in[0].differs]


def test_differences_of_two_quotes_stand_at_their_places() -> None:
    first, second = "主席许祯 表示,下一步", "主席许被表示,下一步骤"
    one, other = (Traced(text, ((10, 10 + len(text)),)) for text in (first, second))
    found = differences(one, other)
    assert [(d.text, d.spans, d.other, d.other_spans) for d in found] == [
        ("祯", ((13, 14),), "被", ((13, 14),)),
        ("", ((21, 21),), "骤", ((20, 21),)),
    ]
    assert differences(one, one) == ()
    assert Witness("a", (1, 1), one.spans, first, found).to_dict()["differs"][0] == {
        "text": "祯", "spans": [[13, 14]], "other": "被", "other_spans": [[13, 14]]
    }  # fmt: skip
