"""Every string of the app in Chinese and English. Knows no widget."""

from collections.abc import Iterator, Mapping

from ingest.records import Language
from ui.messages import in_language

_TABLE: dict[str, tuple[str, str]] = {
    # around everything
    "ask": ("问答", "Ask"),
    "library": ("资料库", "Library"),
    "check": ("核对文字", "Check a text"),
    "status": ("状态", "Status"),
    "new_chat": ("新对话", "New chat"),
    "history": ("历史对话", "Past chats"),
    "change_chat": ("改名或删除", "Rename or delete"),
    "chat_name": ("名称", "Name"),
    "rename": ("改名", "Rename"),
    "delete_sure": (
        "删除这段对话和里面的回答？资料库不受影响。",
        "Delete this chat and its answers? The library stays as it is.",
    ),
    "delete_yes": ("确认删除", "Delete it"),
    "language": ("界面语言", "Language"),
    "evidence_only": ("只摘原文", "Quotes only"),
    "model_missing": ("模型不可用", "Model cannot be used"),
    "local_model": ("本机模型", "Local model"),
    # chat
    "hello": ("问你的资料，每句话都有出处", "Ask your sources, check every sentence"),
    "hello_more": (
        "回答只依据资料库里的内容；每句话标明在哪份资料、哪一页找到，找不到的也会标出来。",
        "Answers rest on your library only. Each sentence names the source and page where it was found;"
        " those not found are marked too.",
    ),
    "try": ("可以这样问", "For example"),
    "example1": ("GQA 为什么能省显存？", "Why does GQA save memory?"),
    "example2": ("校招大模型岗位，面试官主要看什么？", "What do interviewers look for in new graduates?"),
    "example3": ("LoRA 的秩 r 怎么选？", "How do I choose the rank r in LoRA?"),
    "example4": (
        "简历里的项目结果怎么量化？",
        "What does the guide say about quantifying results in a CV?",
    ),
    "placeholder": ("输入问题，中文英文都可以", "Ask a question, in English or Chinese"),
    "scope": ("范围：{what}", "In: {what}"),
    "scope_all": ("全部资料", "all sources"),
    "scope_kind": ("只在这一类里找", "Only this kind"),
    "scope_doc": ("只在这份资料里找", "Only this document"),
    "any": ("不限", "Any"),
    "quotes_only": ("只摘原文，不用大模型", "Quotes only, without the language model"),
    "quotes_only_help": (
        "更快：直接给出资料里最相关的原句。",
        "Faster: the best sentences of the sources, word for word.",
    ),
    "searching": ("正在查找资料…", "Searching the sources…"),
    "reading": ("正在阅读这些段落…", "Reading these passages…"),
    "loading": (
        "正在阅读这些段落；第一次提问要先加载本机模型，稍等片刻…",
        "Reading these passages; the first question also loads the local model, a moment please…",
    ),
    "writing": ("正在作答，写完后逐句核对…", "Writing; then every sentence is checked…"),
    "second_look": (
        "初步核对完毕；大模型正在逐句复核…",
        "First verdicts are in; the language model reads the sentences again…",
    ),
    "second_stopped": (
        "已停止：大模型没有复核完，下面是初步核对的结果。",
        "Stopped before the second look was done; below are the first verdicts.",
    ),
    "found_passages": ("找到的段落 · {n}", "Passages found · {n}"),
    "ask_again": ("重新提问", "Ask again"),
    "stopped_early": ("已停止，还没有写出内容。", "Stopped before the first word."),
    "stopped": ("已停止。下面的内容没有核对过出处。", "Stopped. The text below was not checked."),
    "not_saved": ("这个回答没有存进历史：{why}", "This answer was not kept in the history: {why}"),
    "refused": ("所查的资料里没有答案", "The sources searched do not hold the answer"),
    "refused_more": (
        "没有足够的依据，所以不作答。下面是最接近的段落，但它们不是答案。",
        "There is not enough to answer from. These are the closest passages; they are not an answer.",
    ),
    "not_answer": ("不是答案", "Not an answer"),
    "export": ("导出 Markdown", "Export Markdown"),
    "answered": ("{model} · {seconds} 秒", "{model} · {seconds} s"),
    "took": ("{seconds} 秒", "{seconds} s"),
    # verdicts
    "supported": ("有出处", "found in source"),
    "partial": ("部分有出处", "partly found"),
    "unsupported": ("未找到出处", "not found"),
    "closest": ("最接近", "closest"),
    "against": ("来源说法似乎相反", "the source seems to say the opposite"),
    "no_claim": ("无需出处", "no claim"),
    "summary": (
        "{n} 句：有出处 {supported}，部分有出处 {partial}，未找到出处 {unsupported}",
        "{n} sentences: {supported} found, {partial} partly, {unsupported} not found",
    ),
    "summary_one": (
        "1 句：有出处 {supported}，部分有出处 {partial}，未找到出处 {unsupported}",
        "1 sentence: {supported} found, {partial} partly, {unsupported} not found",
    ),
    "summary_help": (
        "“有出处”指资料里这样写，不等于资料写得对。",
        "“Found” means that the source says so, which is not the same as true.",
    ),
    "read_again": ("；{n} 句由大模型复核过", "; {n} read again by the language model"),
    "sources": ("出处 · {n}", "Sources · {n}"),
    # source viewer
    "source": ("出处", "Source"),
    "open_source": ("打开原文", "Open the source"),
    "page": ("第 {page} 页", "p. {page}"),
    "page_of": ("第 {page} / {pages} 页", "Page {page} of {pages}"),
    "previous": ("上一页", "Previous"),
    "next": ("下一页", "Next"),
    "back_to_quote": ("回到引文", "Back to the quote"),
    "sentence": ("回答里的句子", "Sentence of the answer"),
    "removed": ("来源已删除", "Source removed"),
    "removed_more": (
        "这份资料已不在资料库里，引文是作答时保存的。",
        "This document is no longer in the library; the quote was kept with the answer.",
    ),
    "changed": ("来源已变化", "Source changed"),
    "changed_more": (
        "这份资料的内容已和作答时不同，引文是作答时保存的。",
        "This document is no longer what it was when the answer was given; the quote was kept.",
    ),
    "not_marked": (
        "没能在页面图像上标出这段引文（可能是图或公式），请对照文字。",
        "The quote could not be marked on the page image (a figure or formula?); compare with the text.",
    ),
    # library
    "library_more": (
        "支持 Markdown、纯文本和 PDF。资料只保存在这台电脑上。",
        "Markdown, plain text and PDF. Documents are kept on this computer only.",
    ),
    "upload": ("添加资料", "Add documents"),
    "choose": ("选择或拖入文件", "Choose or drop files"),
    "upload_kind": ("类别", "Kind"),
    "auto": ("自动", "Automatic"),
    "guide": ("指南", "Guide"),
    "paper": ("论文", "Paper"),
    "note": ("笔记", "Note"),
    "add": ("加入资料库", "Add to library"),
    "stage_read": ("读取", "Reading"),
    "stage_embed": ("建立索引", "Indexing"),
    "stage_store": ("写入", "Storing"),
    "stage_done": ("完成", "Done"),
    "added": ("已加入", "Added"),
    "unchanged": ("已经在库里", "Already there"),
    "replaced": ("已更新", "Replaced"),
    "failed": ("没有加入", "Not added"),
    "no_documents": ("资料库还是空的。", "The library is empty."),
    "pages": ("{n} 页", "{n} pages"),
    "pages_one": ("1 页", "1 page"),
    "documents": ("{n} 篇", "{n} documents"),
    "documents_one": ("1 篇", "1 document"),
    "chunks": ("{n} 段", "{n} passages"),
    "chunks_one": ("1 段", "1 passage"),
    "open": ("打开", "Open"),
    "remove": ("移除", "Remove"),
    "remove_sure": (
        "移除“{title}”？原文件副本和索引都会删除，旧回答里的引文会保留。",
        "Remove “{title}”? Its stored copy and index entries go; quotes in old answers stay.",
    ),
    "remove_yes": ("确认移除", "Remove it"),
    "filter": ("按标题筛选", "Filter by title"),
    "shown": ("显示 {n} / {all} 篇", "{n} of {all} shown"),
    "show_more": ("再显示一些", "Show more"),
    # check
    "check_more": (
        "粘贴任何一段回答或草稿，逐句对照你的资料库。",
        "Paste an answer from anywhere, or your own draft: each sentence is checked against your library.",
    ),
    "check_text": ("要核对的文字", "Text to check"),
    "check_go": ("核对", "Check"),
    "rules_alone": (
        "判断模型不可用，只用规则核对：{why}",
        "Judged by rules alone, the claim checker cannot be used: {why}",
    ),
    "ask_model": (
        "请大模型复核（更准，每句一两秒）",
        "Have the language model read them again (better, a second or two a sentence)",
    ),
    "not_asked": (
        "大模型没有复核完所有句子：{why}",
        "The language model did not read all sentences again: {why}",
    ),
    "checking": ("正在逐句核对…", "Checking sentence by sentence…"),
    # status
    "model": ("回答模型", "Answering model"),
    "home": ("数据目录", "Data folder"),
    "fingerprint": ("索引指纹", "Index fingerprint"),
    "checks": ("自检", "Checks"),
    "ok": ("正常", "OK"),
    "problem": ("需要处理", "Needs attention"),
    "settings_more": (
        "设置来自环境变量 PREP_* 和数据目录里的 prep.toml，改动后重新启动生效。",
        "Settings come from PREP_* variables and prep.toml in the data folder; restart to apply.",
    ),
}


class Words(Mapping[str, str]):
    """The table in one language: `words["ask"]`, and `words.say("page", page=3)` for those with gaps."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._column = 0 if language == "zh" else 1

    def __getitem__(self, key: str) -> str:
        return _TABLE[key][self._column]

    def __iter__(self) -> Iterator[str]:
        return iter(_TABLE)

    def __len__(self) -> int:
        return len(_TABLE)

    def say(self, key: str, **gaps: object) -> str:
        """The string with its gaps filled; that for one where `n` is 1 and there is one."""
        one = f"{key}_one"
        return self[one if gaps.get("n") == 1 and one in _TABLE else key].format(**gaps)

    def told(self, message: object) -> str:
        """What the library, a reader of files or a model reports, in this language."""
        return in_language(str(message), self.language)


def language_for(locale: str | None) -> Language:
    """The language to start in: English for a browser that asks for English, Chinese for all others."""
    return "en" if (locale or "").lower().startswith("en") else "zh"
