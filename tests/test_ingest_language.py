import pytest

from ingest import estimate_tokens, language_of


@pytest.mark.parametrize(
    "text",
    [
        "GQA 为什么能省显存?",
        "RoPE 是啥",
        "LoRA vs QLoRA 区别",
        "介绍一下 PagedAttention",
        "Transformer 的 self-attention is all you need 论文讲了什么",
        "Multi-head Attention、GQA、MQA 对比",
        "KV cache 量化",
        "大模型",
    ],
)
def test_chinese_questions_with_english_terms_are_chinese(text):
    assert language_of(text) == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "What is 检索增强生成?",
        "Explain 注意力机制 briefly",
        "The term 检索增强生成 means retrieval augmented generation",
        "What does 显存 mean in this guide?",
        "GPU?",
        "12 + 34",
        "",
    ],
)
def test_english_with_a_quoted_chinese_term_is_english(text):
    assert language_of(text) == "en"


@pytest.mark.parametrize(
    ("text", "tokens"),  # XLM-R's own counts, without prefix and frame tokens
    [
        ("Grouped-query attention shares key and value heads among groups of query heads.", 21),
        ("大模型面试官一般会从两个维度评估候选人：基础知识掌握程度和项目实践经验质量。", 23),
    ],
)
def test_estimates_are_close_to_the_tokenizer(text, tokens):
    assert estimate_tokens(text) == pytest.approx(tokens, rel=0.2)


def test_blank_text_has_no_tokens():
    assert estimate_tokens("") == estimate_tokens(" \n\t") == 0
    assert estimate_tokens("a") == 1
