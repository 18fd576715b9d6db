"""What is wrong with a reader's file, in the reader's language: our English sentences, recognised and said again."""

from __future__ import annotations

import re
from functools import lru_cache

_SENTENCES = (  # the English sentence as a pattern, @ for the name, and the same in Simplified Chinese
    (r"@ is not taken; expected a file that ends in (?P<kinds>.+)\.", "{name} 不能加入；可以加入的文件：{kinds}。"),
    (r"@ is larger than (?P<most>\d+) MB; please split it\.", "{name} 超过 {most} MB，请拆成几个文件。"),
    (r"@ is not added: at most (?P<most>\d+) MB are taken in all\.", "{name} 没有加入：总共至多 {most} MB。"),
    (r"@ is not added: at most (?P<most>\d+) files are taken in all\.", "{name} 没有加入：总共至多 {most} 个文件。"),
    (r"@ is empty; .+", "{name} 里没有文字。"),
    (r"@ is a binary file; .+", "{name} 不是文本文件。"),
    (r"@ is no text in any known encoding; .+", "{name} 的编码无法识别，请存为 UTF-8 再试。"),
    (r"@ is protected by a password; .+", "{name} 设有密码，请去掉密码再试。"),
    (r"@ holds pictures of pages and no text; .+", "{name} 只有图像，没有文字，请先做文字识别（OCR）。"),
    (
        r"@ cannot be read: it is damaged or no (?P<kind>\w+) file\.",
        "{name} 无法读取：文件损坏，或者不是 {kind} 文件。",
    ),
    (r"@ unpacks to .+", "{name} 解压后过大，没有加入。"),
    (r"@ has too many pages; .+", "{name} 页数太多，请拆成几个文件。"),
    (r"@ needs too much memory or time to read; .+", "{name} 读取所需的内存或时间太多，请拆成几个文件。"),
    (r"@ cannot be read here: the library .+", "这里缺少读取 {name} 的程序库，请重新安装。"),
    (r"@ holds more than (?P<most>[\d,]+) characters of text; .+", "{name} 的文字超过 {most} 个字，请拆成几个文件。"),
    (r"@ holds no file that ends in (?P<kinds>.+)\.", "{name} 里没有可以加入的文件（{kinds}）。"),
    (
        r"@ holds (?P<count>[\d,]+) files; at most (?P<most>[\d,]+) are looked at\.",
        "{name} 里有 {count} 个文件，至多 {most} 个。",
    ),
    (r"Too many visitors have files here just now; .+", "目前加入文件的访问者太多，请稍后再试。"),
)


def fault_words(sentence: str, language: str) -> str:
    """`sentence`, one of ours about a file, in `language`; an unknown one stays as it is."""
    if language == "en":
        return sentence
    for pattern, words in _SENTENCES:
        if found := re.fullmatch(pattern.replace("@", "(?P<name>.+)"), sentence, re.DOTALL):
            fields = found.groupdict()
            return (_traditional(words) if language == "zh-Hant" else words).format(**fields)
    return sentence


@lru_cache
def _traditional(words: str) -> str:
    import opencc

    return str(opencc.OpenCC("s2twp").convert(words))
