import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import clean_text, normalise

TRICKY = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("ﬁﬂ⼤⻓⁶²₁½①，。ＡＢ１\u00ad\u200b\ufeff\r\n\x00\ud800e\u0301カ\uff9e´≠̸ \tlog28"),
    )
)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("⼤模型的⻓⽂本与⻅解", "大模型的长文本与见解"),
        ("eﬃcient ﬁne-tuning", "efficient fine-tuning"),
        ("10⁶ x² 10⁻³", "10^6 x^2 10^-3"),
        ("log₂8 H₂O", "log_{2}8 H_2O"),
        ("2½ and ½", "2 1/2 and 1/2"),
        ("① 第一", "① 第一"),
        ("ＧＰＴ－４，５０％（注）：好！", "GPT-4，50%（注）：好！"),
        ("𝑊 ∈ ℝ", "W ∈ R"),
        ("co\u00adop\u200b \ufeffx", "coop x"),
        ("a\r\nb\rc\u2028d\x0ce", "a\nb\nc\nd\ne"),
        ("a\x00b\ud800c", "abc"),
        ("cafe\u0301", "café"),
        ("−0.5", "-0.5"),
        ("OpenAI™ ´", "OpenAI™ ´"),
        ("hidden\U000e0041\U000e0042", "hidden"),
    ],
)
def test_characters_are_folded_without_losing_their_meaning(raw, clean):
    assert normalise(raw) == clean


def test_embedded_images_are_dropped_but_links_stay():
    raw = "![x](data:image/png;base64," + "iVBORw0KGgo" * 50 + ") [y](https://a.b/c)"
    assert normalise(raw) == "![x](data:) [y](https://a.b/c)"


@settings(deadline=None)
@given(TRICKY)
def test_cleaning_twice_changes_nothing(raw):
    once = normalise(raw)
    assert normalise(once) == once


@settings(deadline=None)
@given(TRICKY)
def test_map_has_one_rising_offset_into_the_raw_text_per_character(raw):
    cleaned = clean_text(raw)
    origin = list(cleaned.origin)
    assert len(origin) == len(cleaned.text)
    assert origin == sorted(origin)
    assert all(0 <= offset < len(raw) for offset in origin)


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("abc XYZ 大模型。，\n")))
def test_plain_text_stays_as_it_is(raw):
    cleaned = clean_text(raw)
    assert cleaned.text == raw
    assert list(cleaned.origin) == list(range(len(raw)))


@settings(deadline=None)
@given(TRICKY)
def test_result_can_be_encoded_and_holds_no_controls(raw):
    text = normalise(raw)
    text.encode("utf-8")
    assert all(c in "\n\t" or unicodedata.category(c) != "Cc" for c in text)


def test_map_leads_back_to_the_raw_word():
    raw = "一\u200b个 eﬃcient ⽅法 x² 的"
    cleaned = clean_text(raw)
    assert cleaned.text == "一个 efficient 方法 x^2 的"
    for word, source in (("个", "个"), ("efficient", "e"), ("方", "⽅"), ("的", "的")):
        assert raw[cleaned.origin[cleaned.text.index(word)]] == source
