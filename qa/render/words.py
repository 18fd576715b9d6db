"""Every string a reader sees, in three languages: the one table that the terminal and the chat page share."""

from __future__ import annotations

LANGUAGES = {"zh-Hans": "简体", "zh-Hant": "繁體", "en": "English"}
DEFAULT = "zh-Hans"

# key: (Simplified Chinese, Traditional Chinese, English)
WORDS: dict[str, tuple[str, str, str]] = {
    "name": ("问报", "問報", "Wenbao"),
    "motto": ("有问必有据，字字见原文", "有問必有據，字字見原文", "Ask the newspaper. Every word is shown in print."),
    "edition": (
        "{pages} 个版面 · {articles} 篇报道 · {passages} 段文字",
        "{pages} 個版面 · {articles} 篇報導 · {passages} 段文字",
        "{pages} pages · {articles} articles · {passages} passages",
    ),
    "tab_ask": ("提问", "提問", "Ask"),
    "tab_browse": ("读报", "讀報", "Browse"),
    "language": ("语言", "語言", "Language"),
    "theme": ("切换明暗", "切換明暗", "Light or dark"),
    "question": ("问题", "問題", "Question"),
    "question_hint": (
        "向报纸提一个问题，按回车发送",
        "向報紙提一個問題，按 Enter 送出",
        "Ask the newspaper, then press Enter",
    ),
    "send": ("提问", "提問", "Ask"),
    "stop": ("停止", "停止", "Stop"),
    "new": ("新对话", "新對話", "New conversation"),
    "retry": ("重新回答", "重新回答", "Retry"),
    "edit": ("修改问题", "修改問題", "Edit"),
    "copy": ("复制", "複製", "Copy"),
    "copied": ("已复制", "已複製", "Copied"),
    "copy_answer": ("复制回答", "複製回答", "Copy answer"),
    "conversation": ("对话", "對話", "Conversation"),
    "examples": ("不妨这样问", "不妨這樣問", "You could ask"),
    "next": ("接着问", "接著問", "Ask next"),
    "reading": ("正在翻阅报纸……", "正在翻閱報紙……", "Leafing through the pages…"),
    "you_asked": ("问", "問", "Question"),
    "answer": ("答", "答", "Answer"),
    "in_short": ("简答", "簡答", "In short"),
    "understood": ("理解为：{question}", "理解為：{question}", "Understood as: {question}"),
    "confidence": ("把握", "把握", "Confidence"),
    "sure_4": ("很有把握", "很有把握", "very likely right"),
    "sure_3": ("比较有把握", "比較有把握", "probably right"),
    "sure_2": ("把握不大，请核对原文", "把握不大，請核對原文", "uncertain, check the source"),
    "sure_1": ("仅供参考，请务必核对原文", "僅供參考，請務必核對原文", "a guess, do check the source"),
    "sources": ("出处", "出處", "Sources"),
    "source": ("出处 {n}", "出處 {n}", "Source {n}"),
    "also_in": ("又见", "又見", "Also in"),
    "also_hint": (
        "同一段文字的另一份印本，不另算证据；用字不同之处已标出",
        "同一段文字的另一份印本，不另算證據；用字不同之處已標出",
        "Another copy of the same words, no second source; differing characters are marked",
    ),
    "same": ("一字不差", "一字不差", "word for word the same"),
    "reads": ("“{text}”作“{other}”", "「{text}」作「{other}」", "“{text}” reads “{other}”"),
    "omits": ("无“{text}”", "無「{text}」", "lacks “{text}”"),
    "adds": ("多“{other}”", "多「{other}」", "adds “{other}”"),
    "nothing_printed": ("缺", "缺", "nothing"),
    "more": ("另有 {count} 处", "另有 {count} 處", "{count} more"),
    "comma": ("、", "、", ", "),
    "view_merged": ("各本合读", "各本合讀", "Scans merged"),
    "merged_note": (
        "与 {files} 逐字对校。各本用字不同之处两存，括号里是未取的字；本文件缺失的文字取自别本，并注明出处。",
        "與 {files} 逐字對校。各本用字不同之處兩存，括號裡是未取的字；本檔案缺失的文字取自別本，並註明出處。",
        "Compared with {files} character by character. Where they differ both readings stand, the one not taken in "
        "brackets; what this file has lost comes from the other and names its place.",
    ),
    "filled": ("补自 {place}", "補自 {place}", "from {place}"),
    "why_majority": ("取多数", "取多數", "the majority reads so"),
    "why_words": ("取文字较通者", "取文字較通者", "the likelier words"),
    "why_own": ("从本文件", "從本檔案", "as this file has it"),
    "not_found": (
        "报纸里没有找到能回答这个问题的文字。",
        "報紙裡沒有找到能回答這個問題的文字。",
        "Nothing in these pages answers this question.",
    ),
    "missing_words": (
        "没有一篇报道同时提到：{words}",
        "沒有一篇報導同時提到：{words}",
        "No article holds together: {words}",
    ),
    "missing_word": ("没有一篇报道提到：{words}", "沒有一篇報導提到：{words}", "No article mentions: {words}"),
    "nearest": ("最接近的段落（不是答案）", "最接近的段落（不是答案）", "Nearest passages (not an answer)"),
    "partial": (
        "只找到部分答案，报纸里没有说到：{words}",
        "只找到部分答案，報紙裡沒有說到：{words}",
        "Only a part is answered. The pages do not say: {words}",
    ),
    "partial_plain": ("只找到部分答案。", "只找到部分答案。", "Only a part of the question is answered."),
    "error": ("没有答成", "沒有答成", "Not answered"),
    "changed": (
        "文件在编入索引后改动过，行号可能不准",
        "檔案在編入索引後改動過，行號可能不準",
        "the file has changed since it was indexed, line numbers may be off",
    ),
    "lines": ("第 {first}–{last} 行", "第 {first}–{last} 行", "lines {first}–{last}"),
    "line": ("第 {first} 行", "第 {first} 行", "line {first}"),
    "sheet": ("第 {n} 页", "第 {n} 頁", "page {n}"),
    "untitled": ("（无标题）", "（無標題）", "(untitled)"),
    "title_marks": ("《{title}》", "《{title}》", "“{title}”"),
    "view_article": ("报道", "報導", "Article"),
    "view_page": ("原始版面文字", "原始版面文字", "Page text as read"),
    "previous": ("上一处", "上一處", "Previous"),
    "following": ("下一处", "下一處", "Next"),
    "cite_as": ("引用", "引用", "Cite"),
    "plain": ("纯文本", "純文字", "Plain text"),
    "pane": ("原文", "原文", "Source"),
    "pane_empty": (
        "点回答里的编号，这里就打开报纸上的那一处。",
        "點回答裡的編號，這裡就打開報紙上的那一處。",
        "Click a number in an answer and the page opens here at that very place.",
    ),
    "repeat": ("重复印出的文字", "重複印出的文字", "printed or scanned a second time"),
    "window": (
        "此页很长，只显示第 {first}–{last} 行（共 {total} 行）",
        "此頁很長，只顯示第 {first}–{last} 行（共 {total} 行）",
        "A long page: lines {first}–{last} of {total} are shown",
    ),
    "filter": ("只问这些版面", "只問這些版面", "Only these pages"),
    "filter_hint": ("不选即全部", "不選即全部", "none chosen means all"),
    "page": ("版面", "版面", "Page"),
    "article": ("报道", "報導", "Article"),
    "whole_page": ("整个版面", "整個版面", "The whole page"),
    "search": ("查找文字", "查找文字", "Search"),
    "search_hint": ("查找段落，按回车", "查找段落，按 Enter", "Find passages, then press Enter"),
    "found": ("找到 {count} 段", "找到 {count} 段", "{count} passages found"),
    "nothing": ("没有找到。", "沒有找到。", "Nothing found."),
    "contents": ("目录", "目錄", "Contents"),
    "show_source": ("看原文", "看原文", "See the source"),
    "too_long": (
        "问题有 {count} 个字，最多 {limit} 个，请缩短后再问。",
        "問題有 {count} 個字，最多 {limit} 個，請縮短後再問。",
        "The question has {count} characters; at most {limit} are taken. Please shorten it.",
    ),
    "empty_question": ("请先写下问题。", "請先寫下問題。", "Please write a question first."),
    "failed": (
        "这次没有答成，请再试一次。",
        "這次沒有答成，請再試一次。",
        "That did not work this time. Please try again.",
    ),
    "tab_history": ("往日问答", "往日問答", "Earlier"),
    "history_note": (
        "只保存在这个浏览器里，不上传，也不需要账号。",
        "只保存在這個瀏覽器裡，不上傳，也不需要帳號。",
        "Kept in this browser only: nothing is uploaded and no account is needed.",
    ),
    "no_history": ("还没有。", "還沒有。", "None yet."),
    "new_name": ("新名字", "新名字", "New name"),
    "rename": ("改名", "改名", "Rename"),
    "delete": ("删除", "刪除", "Delete"),
    "export": ("导出", "匯出", "Export"),
    "upload": ("加入我的文件", "加入我的檔案", "Add files of mine"),
    "upload_hint": (
        "{kinds}，可拖进页面；每个至多 {megabytes} MB（纯文本 {plain} MB），共 {files} 个。",
        "{kinds}，可拖進頁面；每個至多 {megabytes} MB（純文字 {plain} MB），共 {files} 個。",
        "{kinds}; drop them on the page. At most {megabytes} MB each ({plain} MB of plain text), {files} files in all.",
    ),
    "upload_private": (
        "只有您自己看得到，一小时不用即删除。",
        "只有您自己看得到，一小時不用即刪除。",
        "Seen by you only, removed after an idle hour.",
    ),
    "upload_common": (
        "所有访问者都看得到。",
        "所有訪客都看得到。",
        "Seen by all visitors of this page.",
    ),
    "extracting": ("正在读取 {count} 个文件……", "正在讀取 {count} 個檔案……", "Reading files: {count}…"),
    "indexing": (
        "正在编入索引：{now}/{total} 段",
        "正在編入索引：{now}/{total} 段",
        "Indexing: {now} of {total} passages",
    ),
    "uploaded": ("可以提问了：{files}", "可以提問了：{files}", "Ready to be asked: {files}"),
    "remove_mine": ("移除我的文件", "移除我的檔案", "Remove my files"),
    "remove_one": ("移除", "移除", "Remove"),
    "good": ("答得对", "答得對", "Right"),
    "bad": ("答得不对", "答得不對", "Wrong"),
    "comment": ("哪里不对？（可不填）", "哪裡不對？（可不填）", "What is wrong? (optional)"),
    "agreed": (
        "{count} 篇报道都说：{value}",
        "{count} 篇報導都說：{value}",
        "{count} reports say: {value}",
    ),
    "disagreed": ("各家说法不一", "各家說法不一", "The reports disagree"),
    "written": (
        "由模型 {model} 据原文改写，每句都与所引原文核对过。",
        "由模型 {model} 據原文改寫，每句都與所引原文核對過。",
        "Retold by the model {model}; every sentence was checked against the words it cites.",
    ),
    "dropped": (
        "模型另有 {count} 句在原文中没有依据，已略去。",
        "模型另有 {count} 句在原文中沒有依據，已略去。",
        "{count} more of its sentences had no support in the pages and were left out.",
    ),
    "unwritten_unreachable": (
        "模型服务连不上或中途断开，以下是报纸原文。",
        "模型服務連不上或中途斷開，以下是報紙原文。",
        "The model could not be reached or broke off; these are the paper's own words.",
    ),
    "unwritten_slow": (
        "模型服务太慢，以下是报纸原文。",
        "模型服務太慢，以下是報紙原文。",
        "The model was too slow; these are the paper's own words.",
    ),
    "unwritten_refused": (
        "模型服务报错，以下是报纸原文。",
        "模型服務報錯，以下是報紙原文。",
        "The model's server reported an error; these are the paper's own words.",
    ),
    "unwritten_garbage": (
        "模型服务的回应读不懂，以下是报纸原文。",
        "模型服務的回應讀不懂，以下是報紙原文。",
        "What the model's server sent could not be read; these are the paper's own words.",
    ),
    "unwritten_silent": (
        "模型没有写出回答，以下是报纸原文。",
        "模型沒有寫出回答，以下是報紙原文。",
        "The model wrote no answer; these are the paper's own words.",
    ),
    "unwritten_unsupported": (
        "模型写的都没有原文依据，以下是报纸原文。",
        "模型寫的都沒有原文依據，以下是報紙原文。",
        "Nothing that the model wrote is supported by the pages; these are the paper's own words.",
    ),
    "thanks": ("谢谢，已记下。", "謝謝，已記下。", "Thank you, noted."),
}


def say(key: str, language: str = DEFAULT, **values: object) -> str:
    """The string `key` in `language` (one of LANGUAGES, anything else means Simplified Chinese), values filled in."""
    column = list(LANGUAGES).index(language) if language in LANGUAGES else 0
    text = WORDS[key][column]
    return text.format(**values) if values else text


def choose_language(accept: str) -> str:
    """The language of LANGUAGES that an Accept-Language header (or a bare tag such as "zh-TW") asks for first."""
    for wanted in accept.lower().replace("_", "-").split(","):
        tag = wanted.split(";")[0].strip()
        if tag.startswith("zh"):
            traditional = any(part in ("hant", "tw", "hk", "mo") for part in tag.split("-"))
            return "zh-Hant" if traditional else "zh-Hans"
        if tag.startswith("en"):
            return "en"
    return "en" if accept.strip(" *,;") else DEFAULT


def confidence_words(confidence: float, language: str = DEFAULT) -> str:
    """A calibrated probability in words."""
    level = 1 + sum(confidence >= bound for bound in (0.4, 0.65, 0.85))
    return say(f"sure_{level}", language)


def lines_words(lines: tuple[int, int], language: str = DEFAULT) -> str:
    """Line numbers in words: 第 3–8 行."""
    first, last = lines
    return say("line" if first == last else "lines", language, first=first, last=last)
