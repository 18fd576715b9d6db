"""What a question's form demands: near misses that hold the matter and lack the fact, and answers in other dress."""

from __future__ import annotations

import pytest

from qa.answers.checks import plausibility
from qa.answers.demands import unmet
from qa.conversation import analyse
from qa.text import fold


def lacks(question: str, sentence: str) -> bool:
    return unmet(fold(question), fold(sentence))


@pytest.mark.parametrize(
    ("question", "sentence", "lacking"),
    [
        ("救起过多少人?", "守塔人在岛上住了28年。", True),
        ("救起过多少人?", "他一共救起过十七位渔民。", False),
        ("大桥总长多少米?", "大桥去年装了286个传感器。", True),
        ("大桥总长多少米?", "大桥全长1.2公里,宽30米。", False),
        ("一年能产多少吨橡胶?", "农场有1.2万亩开割树。", True),
        ("一年能产多少吨橡胶?", "全年产胶两千余吨。", False),
        ("工作了多少年?", "她在去年被发展为预备党员。", True),
        ("工作了多少年?", "他干了二十三年。", False),
        ("要跑几趟?", "现在只跑一次。", False),
        ("买了多少辆车?", "添了12台冷藏车。", False),
        ("开了多少层?", "新楼有六楼和地下车库。", False),
        ("化解平台以哪几项工作为主线?", "以调解和维权为主线。", False),
        ("活动是几月举行的?", "活动在今年七月举行。", False),
        ("有几首歌上榜?", "五张单曲上榜。", False),
        ("有多少?", "有一些。", False),
        ("有多少产业工人的子女要上学?", "政策让他省下了1万多元的学费。", True),
        ("有多少产业工人的子女要上学?", "今年有4000余名产业工人子女上学。", False),
        ("来了几个志愿者?", "志愿者一共十二人。", False),
        ("有几种学生不用交?", "三种情形除外。", False),
        ("多少人家通了自来水?", "1870户职工告别井水。", False),
        ("报告过几次火情?", "两人发现并报告火情31起。", False),
    ],
)
def test_what_is_counted_must_be_counted_in_the_answer(question: str, sentence: str, lacking: bool) -> None:
    assert lacks(question, sentence) is lacking


@pytest.mark.parametrize(
    ("question", "sentence", "lacking"),
    [
        ("她在哪一所大学毕业?", "女儿去年由大学毕业。", True),
        ("她在哪一所大学毕业?", "女儿毕业于东海大学。", False),
        ("她在哪一所大学毕业?", "女儿考上了复大。", False),
        ("是哪家公司捐赠的?", "她戴着人工耳蜗。", True),
        ("是哪家公司捐赠的?", "由果之源公司捐赠。", False),
        ("是哪家公司捐赠的?", "由一家公司捐赠。", True),
        ("这是哪个国家的船?", "等他的是一艘满载铁矿石的船。", True),
        ("这是哪个国家的船?", "这是一艘巴拿马籍、船东为希腊人的船。", False),
        ("电梯是哪个牌子?", "这幢楼住了十八户。", True),
        ("电梯是哪个牌子?", "电梯是“通力”的。", False),
        ("读什么专业?", "女儿在省城读大三。", True),
        ("读什么专业?", "女儿读机械专业。", False),
        ("在哪个公园举行?", "活动以助力亚运为主题。", True),
        ("在哪个公园举行?", "活动在柳浪公园举行。", False),
        ("那家设计院叫什么名字?", "设计院的年轻工程师搬到了工棚。", True),
        ("那家设计院叫什么名字?", "图纸出自沄溪设计院。", False),
        ("在哪個碼頭上船?", "旅客在北角碼頭上船。", False),
    ],
)
def test_one_of_a_kind_must_have_a_name_of_its_own(question: str, sentence: str, lacking: bool) -> None:
    assert lacks(question, sentence) is lacking


@pytest.mark.parametrize(
    ("question", "sentence", "lacking"),
    [
        ("李长海的媳妇叫什么名字?", "第四天,媳妇把一袋菌包扔在他面前。", True),
        ("李长海的媳妇叫什么名字?", "他的媳妇王秀英把一袋菌包扔在他面前。", False),
        ("李长海的媳妇叫什么名字?", "媳妇叫其其格。", False),
        ("李长海的曾祖父叫什么?", "那把“鲁班尺”是曾祖父留下的。", True),
        ("片名叫什么?", "放的是老片子,来的是老面孔。", True),
        ("片名叫什么?", "放的是《地道战》。", False),
        ("无人机叫什么?", "这是局里新添的“林鹰”一号。", False),
    ],
)
def test_a_name_that_is_asked_for_must_be_one_the_question_has_not(question: str, sentence: str, lacking: bool) -> None:
    assert lacks(question, sentence) is lacking


@pytest.mark.parametrize(
    ("question", "sentence", "lacking"),
    [
        ("下半年办了多少场?", "上半年办了18场。", True),
        ("下半年办了多少场?", "上半年办了18场,下半年办了20场。", False),
        ("女子冠军得了多少分?", "男子冠军得了96分。", True),
    ],
)
def test_the_other_half_of_the_year_is_another_fact(question: str, sentence: str, lacking: bool) -> None:
    assert lacks(question, sentence) is lacking


@pytest.mark.parametrize(
    ("question", "sentence", "lacking"),
    [
        ("两队的比分是多少?", "球队下一场对上卫冕冠军。", True),
        ("两队的比分是多少?", "球队3比1赢了。", False),
        ("演讲题目是什么?", "陈占挺获得一等奖。", True),
        ("孩子上几年级?", "她为孩子的读书问题烦恼。", True),
        ("馄饨铺在几号摊位?", "街道给他留了一个摊位。", True),
        ("合作社盈利多少?", "他当年的全部家当是一台收割机。", True),
        ("租金每年最多涨多少?", "租金涨幅每年不得超过百分之三。", False),
        ("丁某被判了几年刑?", "倪女士上周领到了3120元。", True),
        ("拖欠工人工资的是哪家公司?", "总包是锦筑装饰公司。", False),
        ("工人的工资是多少?", "总包是锦筑装饰公司。", True),
        ("钓鱼比赛谁拿了第一?", "一百五十名爱好者参赛。", True),
        ("钓鱼比赛谁拿了第一?", "出租车司机宫海夺冠。", False),
    ],
)
def test_some_forms_ask_for_one_manner_of_answer(question: str, sentence: str, lacking: bool) -> None:
    assert (plausibility(analyse(question), fold(sentence), fold(sentence)) < 1.0) is lacking


def test_a_question_without_such_a_form_demands_nothing() -> None:
    for question in ("链式助学是什么?", "为什么要改?", "如何报名?", "who won?", "", "叫"):
        assert not lacks(question, "昨天开了会。")


def test_a_sentence_that_lacks_it_makes_the_answer_less_likely() -> None:
    question = analyse("她在哪一所大学毕业?")
    missed, met = "女儿去年由大学毕业。", "女儿去年由东海大学毕业。"
    assert 0 < plausibility(question, missed, missed) < plausibility(question, met, met) == 1.0
