"""What the library, the readers and the model report, in Chinese: they speak English, as the command line does.

A table of their sentences with gaps; what is not in it stays as it is. Knows no widget.
"""

import re

from ingest.records import Language

_TABLE = {
    # questions and texts
    "The question is empty": "问题是空的",
    "Ask something, for example: {example}": "请输入一个问题，例如：{example}",
    "The question has {n} characters; at most {most} can be searched": "问题有 {n} 个字符，最多 {most} 个",
    "Ask a shorter question, or ingest the text as a note": "请问得短一些，或者把这段文字作为笔记加入资料库",
    "There is no text to check": "没有可以核对的文字",
    "Give some sentences": "请粘贴几句话",
    "The text has {n} characters": "这段文字有 {n} 个字符",
    "Check at most {most} at once": "一次最多核对 {most} 个",
    "The library is empty": "资料库是空的",
    "Add documents first: prep ingest PATH": "请先添加资料",
    "The model's answer is left out: its numbers, names or subject are not in the sources": "模型的回答没有显示：其中的数字、名称或话题在资料里都找不到",
    # files
    "{name} is empty": "{name} 是空文件",
    "Nothing was added; check that the file was saved or downloaded fully": "没有加入任何内容；请检查文件是否完整保存或下载",
    "{name} is not text but {what}": "{name} 不是文本，而是{what}",
    "Give Markdown, plain text (UTF-8 is best) or a PDF": "请给 Markdown、纯文本（最好是 UTF-8）或 PDF",
    "{name} is not a PDF but {what}": "{name} 不是 PDF，而是{what}",
    "Download the file again, or open it to see what it is": "请重新下载，或者打开看看它是什么",
    "{name} holds no text": "{name} 里没有文字",
    "Check the file; there is nothing to search in it": "请检查文件；里面没有可以检索的内容",
    "Its pages are empty or drawn; run OCR on it first": "页面是空的或全是图形；请先做文字识别（OCR）",
    "{name} gives garbled text: the fonts in it do not say which letters they draw": "{name} 读出来是乱码：里面的字体没有说明画的是哪些字",
    "Download or export the file again, or run OCR on it": "请重新下载或导出，或者做文字识别（OCR）",
    "Download or export the file again": "请重新下载或导出这个文件",
    "{name} is encrypted and needs a password": "{name} 有密码保护",
    "Open it with the password, save a copy without one, and add that": "请用密码打开，另存一份没有密码的，再添加",
    "{name} is too large: reading it takes more than {n} MB of memory": "{name} 太大：读取需要超过 {n} MB 内存",
    "{name} is too large: reading it takes more than {n} s": "{name} 太大：读取超过 {n} 秒",
    "{name} is too large: it holds more text than a book shelf": "{name} 太大：里面的文字比一架书还多",
    "{name} is too large: a page unpacks to far more data than a page holds": "{name} 太大：有一页解开后的数据远超一页该有的",
    "Split the file, or raise {setting}": "请拆分文件，或调大 {setting}",
    "Do not use this file": "请不要使用这个文件",
    "{name} is damaged: no page of it can be read": "{name} 已损坏：没有一页能读",
    "{name} has no pages": "{name} 一页也没有",
    "{name} has no text, it is a scan": "{name} 没有文字，是扫描件",
    "Run OCR on it first (ocrmypdf, for example)": "请先做文字识别（例如用 ocrmypdf）",
    "The file is damaged; the text that could be recovered from it was read": "文件有损坏，已读出能恢复的文字",
    "{n} of {all} pages could not be read: {pages}": "{all} 页中有 {n} 页读不出来：第 {pages} 页",
    "{n} of {all} pages are scanned images without text: {pages}": "{all} 页中有 {n} 页是没有文字的扫描图：第 {pages} 页",
    "{n} of {all} pages hold text that is not visible on the page: {pages}": "{all} 页中有 {n} 页含有页面上看不见的文字：第 {pages} 页",
    "{n} of {all} pages hold garbled text: {pages}": "{all} 页中有 {n} 页含有乱码：第 {pages} 页",
    "{n} of {all} pages have columns whose lines may be mixed up": "{all} 页中有 {n} 页分栏，行的顺序可能混在一起",
    "an empty file": "空文件",
    "an HTML page": "HTML 网页",
    "a text file": "文本文件",
    "binary data": "二进制数据",
    # the model that answers
    "Cannot reach the model {model} at {url}": "连不上模型 {model}（{url}）",
    "Start the endpoint, check PREP_LLM_URL, or set PREP_LLM=none": "请启动服务、检查 PREP_LLM_URL，或设 PREP_LLM=none",
    "The model {model} at {url} refuses the key": "模型 {model}（{url}）不接受这个密钥",
    "Check PREP_LLM_KEY": "请检查 PREP_LLM_KEY",
    "There is no model {model} at {url}": "{url} 上没有模型 {model}",
    "Check PREP_LLM (the model's name) and PREP_LLM_URL": "请检查 PREP_LLM（模型名）和 PREP_LLM_URL",
    "The model {model} at {url} sent no new word for {n} s": "模型 {model}（{url}）有 {n} 秒没有新的输出",
    "Try again, raise PREP_LLM_TIMEOUT, or set PREP_LLM=none": "请重试、调大 PREP_LLM_TIMEOUT，或设 PREP_LLM=none",
    "The model file {path} is missing": "缺少模型文件 {path}",
    "Run: prep models pull": "请运行：prep models pull",
    "Run prep rebuild": "请运行：prep rebuild",
    "Try again, or set PREP_LLM=none": "请重试，或设 PREP_LLM=none",
    "Page {n} of {name} cannot be drawn": "{name} 的第 {n} 页画不出来",
    "The quote is still shown": "引文仍会显示",
    "{home} is being written by {who}": "{home} 正被 {who} 写入",
    "Wait until it is done, or stop it": "请等它完成，或停止它",
    "{name} cannot be used: {why}": "{name} 不可用：{why}",
    "it needs {name}: {why}": "它需要 {name}：{why}",
    "{name}: not fetched yet": "{name}：还没有下载",
    "not fetched yet": "还没有下载",
    "not verified yet": "还没有校验",
    "Judged by rules alone: {why}": "只用规则核对：{why}",
    # the settings
    "PREP_LLM_URL is set but PREP_LLM is {model}": "设了 PREP_LLM_URL，但 PREP_LLM 是 {model}",
    "Set PREP_LLM to the model's name at that endpoint, or unset PREP_LLM_URL": "请把 PREP_LLM 设为该服务上的模型名，或取消 PREP_LLM_URL",
    "PREP_LLM names the model {model} but there is no endpoint": "PREP_LLM 指定了模型 {model}，但没有设服务地址",
    "Set PREP_LLM_URL to an OpenAI-compatible base URL, or PREP_LLM to local or none": "请把 PREP_LLM_URL 设为兼容 OpenAI 的地址，或把 PREP_LLM 设为 local 或 none",
    "PREP_PAPERS_URL is {address}": "PREP_PAPERS_URL 是 {address}",
    "Give an address that starts with https:// or http://": "请给以 https:// 或 http:// 开头的地址",
    "Give a value from {low} to {high}": "请给 {low} 到 {high} 之间的值",
    "Cannot read {path}: {why}": "读不了 {path}：{why}",
    "Correct the file or remove it": "请改正或删除这个文件",
    "home cannot be set inside {path}": "home 不能写在 {path} 里",
    "Use the environment variable PREP_HOME": "请用环境变量 PREP_HOME",
    "Unknown setting {name}": "没有这个设置：{name}",
    "Did you mean {name}?": "是不是 {name}？",
    "Known: {names}": "可用的有：{names}",
    "Give a whole number": "请给整数",
    "Give a number": "请给数字",
    "Give a text value in quotes": "请给加引号的文本",
    # the status page
    "home": "数据目录",
    "models": "模型",
    "claim checker": "判断模型",
    "second opinion": "复核模型",
    "catalog": "资料清单",
    "stores": "索引",
    "{home}, {n} GB free": "{home}，剩余 {n} GB",
    "no documents yet; add some with prep ingest PATH": "还没有资料，请先添加",
    "sentences are judged by rules alone: {why}": "只用规则核对：{why}",
    "the local model gives none unasked: {why}": "本机模型不会主动复核：{why}",
    "{n} MB, whole": "{n} MB，完整",
    "{n} documents, {chunks} chunks, fingerprint {print}": "{n} 篇，{chunks} 段，指纹 {print}",
    "{n} vectors, {states} token states, {rows} keyword rows, all originals there": "{n} 段有向量，{states} 段有逐词向量，{rows} 段有关键词，原件齐全",
}  # fmt: skip

_GAP = re.compile(r"\{(\w+)\}")


def _pattern(template: str) -> re.Pattern[str]:
    """A template as an expression; what fills a gap never runs over the end of a line."""
    parts = _GAP.split(template)
    body = "".join(re.escape(part) if i % 2 == 0 else f"(?P<{part}>.+?)" for i, part in enumerate(parts))
    return re.compile(body)


_PATTERNS = [(_pattern(english), chinese) for english, chinese in _TABLE.items()]


def in_language(message: str, language: Language) -> str:
    """A message for a reader of `language`: sentence by sentence where the whole is not known.

    >>> in_language("a.pdf is empty", "zh"), in_language("Something new", "zh"), in_language("a.pdf is empty", "en")
    ('a.pdf 是空文件', 'Something new', 'a.pdf is empty')
    >>> in_language("a.pdf has no pages. Download or export the file again", "zh")
    'a.pdf 一页也没有。请重新下载或导出这个文件'
    """
    if language == "en" or not message:
        return message
    halves = [(message[: at.start()], message[at.end() :]) for at in re.finditer(r"\. ", message)]
    known = [(_known(head), _known(tail)) for head, tail in halves]
    for head, tail in known:
        if head and tail:
            return f"{head}。{tail}"
    if whole := _known(message):
        return whole
    for (head, tail), (said, done) in zip(halves, known, strict=True):
        if said or done:
            return f"{said or head}。{done or tail}"
    return message


def _known(message: str) -> str:
    for pattern, chinese in _PATTERNS:
        if found := pattern.fullmatch(message):
            return chinese.format(**{gap: _known(text) or text for gap, text in found.groupdict().items()})
    return ""
