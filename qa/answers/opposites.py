"""One of a pair: the youngest for the oldest, the second instance for the first. The other is a near miss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_SETS: Final = """
今年|去年,前年,上年
一审|二审|再审
冠军,第一名,夺冠,夺魁|亚军,第二名|季军,第三名
金牌,金奖|银牌,银奖|铜牌,铜奖
最高|最低
最多|最少
最大|最小
最深|最浅
最长|最短
最快|最慢
最远|最近
最贵|最便宜
最年长|最年轻
上午|下午
早高峰|晚高峰
首班|末班
白班|夜班
春季|秋季
儿童|成人
爸爸,父亲|妈妈,母亲
爷爷|奶奶
男生|女生
男子|女子
男性|女性
小学|初中|高中|大学
本科|硕士|博士
硬座|软座|硬卧|软卧
单程|往返
进站|出站
进口|出口
流入|流出
收入|支出
批发|零售
城镇|农村
东岸|西岸
南岸|北岸
左岸|右岸
上游|下游
原告|被告
甲方|乙方
"""
_OPPOSITES: Final = [[words.split(",") for words in line.split("|")] for line in _SETS.split()]  # words of one meaning


def tells_of_the_other(asked: str, sentence: str, near: str) -> bool:
    """Whether `asked` names one of a pair or row, which nothing `near` names, and `sentence` another; all are folded.

    A question that names several of them compares.
    """
    for row in _OPPOSITES:
        named = [words for words in row if _holds(asked, words)]
        if len(named) == 1 and not _holds(near, named[0]) and any(_holds(sentence, words) for words in row):
            return True
    return False


def _holds(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)
