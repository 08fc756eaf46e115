"""The app in a real browser: citations open at their place, no document runs, phones and keyboards work."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import MODELS
from drawn_pdf import LEFT, RIGHT, column, write_pdf

from core.settings import load_settings
from index import open_library

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra: dev)")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on PATH (Debian: apt-get install chromium)"
)

ROOT = Path(__file__).parent.parent
FILLER = "\n\n".join(f"这是第 {i} 段铺垫，只用来把后面的句子推到窗口之外。" for i in range(80))
QUESTION = "分组查询注意力（GQA）为什么让 KV 缓存缩小？"
NOTE = (
    f"# 分组查询注意力\n\n{FILLER}\n\n分组查询注意力（GQA）让多个查询头共用一组键和值，KV 缓存随之缩小。\n\n"
    "# 推导\n\n缩放点积把分数写成 $\\frac{q^\\top k}{\\sqrt{d_k}}$，**方差**因此回到 1。\n\n"
    "| 方法 | 缓存比例 |\n|---|---|\n| 多头注意力 | $1$ |\n| 多查询注意力 | $\\frac{1}{h}$ |\n\n"
    "# 危险 <img src=x onerror='window.hacked=1'>\n\n"
    "梯度裁剪 <img src=x onerror='window.hacked=1'> 把范数限制在 1.0 以内，"
    "见 [这里](javascript:window.hacked=1) 和 $\\href{javascript:window.hacked=1}{x}$。\n"
)


@pytest.fixture(scope="module")
def page() -> Iterator[playwright.Page]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        page.set_default_timeout(60_000)
        yield page
        browser.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app over a home with one note and one two-column paper."""
    home = tmp_path_factory.mktemp("browser")
    (home / "models").symlink_to(MODELS, target_is_directory=True)
    pages = [[(40, 700, "Cover sheet of the paper.")], column(40, LEFT) + column(320, RIGHT)]
    paper = write_pdf(home / "two.pdf", pages).read_bytes()
    with open_library(load_settings({"PREP_HOME": str(home)})) as library:
        assert library.ingest_bytes("note.md", NOTE.encode(), "note").error is None
        assert library.ingest_bytes("two.pdf", paper, "paper").error is None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    others = {name: value for name, value in os.environ.items() if not name.startswith("PREP_")}
    own = {"PREP_HOME": str(home), "PREP_LLM": "none", "PREP_THREADS": "1"}
    with (home / "app.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=ROOT, env=others | own, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("the app did not start")


def ask(page: playwright.Page, question: str) -> None:
    box = page.get_by_test_id("stChatInputTextArea")
    before = page.get_by_test_id("stDownloadButton").count()
    box.fill(question)
    box.press("Enter")
    page.get_by_test_id("stDownloadButton").nth(before).wait_for()


def check(page: playwright.Page, app: str, text: str) -> None:
    page.goto(f"{app}/check")
    page.locator("textarea").first.fill(text)
    page.get_by_role("button", name="核对", exact=True).click()
    page.locator(".marks").first.wait_for()


def seen_in(page: playwright.Page, frame: str) -> bool:
    """Whether the focus mark of the frame is inside the part of the frame that shows."""
    page.locator(f"{frame} .focus").first.wait_for()
    page.wait_for_timeout(500)
    outer, inner = page.locator(frame).bounding_box(), page.locator(f"{frame} .focus").first.bounding_box()
    return outer["y"] <= inner["y"] and inner["y"] + inner["height"] <= outer["y"] + outer["height"]


def test_a_citation_opens_in_the_note_at_its_place(page: playwright.Page, app: str) -> None:
    page.goto(app)
    ask(page, QUESTION)
    chip = page.locator(".chip").first
    assert "有出处" in chip.get_attribute("aria-label")
    chip.hover()
    page.locator(".card.shown", has_text="共用一组键和值").wait_for()
    chip.focus()
    page.keyboard.press("Enter")
    assert seen_in(page, ".passage")
    assert "共用一组键和值" in page.locator(".passage .focus").first.inner_text()
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.get_by_test_id("stChatInputTextArea").wait_for()
    ask(page, QUESTION)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".answer").first.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    page.set_viewport_size({"width": 1280, "height": 800})


def test_a_paper_is_marked_on_its_page(page: playwright.Page, app: str) -> None:
    check(page, app, "Each group shares a single key head and one value head.")
    assert "第 2 页" in page.locator(".chip").first.get_attribute("aria-label")
    page.locator(".chip").first.click()
    assert seen_in(page, ".page")
    assert page.locator(".page .box.focus").count() >= 2
    page.get_by_text("第 2 / 2 页").wait_for()
    page.get_by_role("button", name="上一页").click()
    page.get_by_text("第 1 / 2 页").wait_for()
    page.locator(".page .box.focus").first.wait_for(state="detached")
    page.get_by_role("button", name="回到引文").click()
    page.locator(".page .box.focus").first.wait_for()


def test_formulas_and_tables_are_drawn_and_marked(page: playwright.Page, app: str) -> None:
    check(page, app, r"缩放点积把分数写成 $\frac{q^\top k}{\sqrt{d_k}}$，方差因此回到 1。")
    assert page.locator(".answer .prose math mfrac msqrt").count() == 1
    page.locator(".chip").first.click()
    assert seen_in(page, ".passage")
    assert page.locator(".passage .formula.mark.focus msqrt").count() == 1
    assert page.locator(".passage td math mfrac").count() == 1
    page.locator(".passage strong", has_text="方差").wait_for()
    assert not set("$|*") & set(page.locator(".passage").inner_text())


def test_an_answer_is_exported_with_its_quotes(page: playwright.Page, app: str) -> None:
    page.goto(app)
    ask(page, QUESTION)
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").last.click()
    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith(f"# {QUESTION}") and "共用一组键和值" in text.split("[^1]: ")[1]


def test_a_document_opens_from_the_library(page: playwright.Page, app: str) -> None:
    page.goto(f"{app}/library")
    page.get_by_role("button", name="打开", exact=True).first.click()
    page.get_by_text("第 1 / 2 页").wait_for()
    page.locator(".page img").wait_for()
    assert page.locator(".page .box").count() == 0


def test_a_past_chat_opens_on_a_phone_in_the_dark(page: playwright.Page, app: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(app)
    ask(page, QUESTION)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.locator(".st-key-chats").get_by_role("button", name=QUESTION).first.click()
    page.locator("[data-testid=stSidebar][data-collapsed=true]").wait_for(state="attached")
    page.locator(".chip").first.click()
    page.locator(".passage").wait_for()
    paper, ink = page.locator(".passage").evaluate(
        "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color].map(c => +c.match(/\\d+/)[0])"
    )
    assert paper < 60 and ink > 180
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})


def test_what_a_document_says_never_runs(page: playwright.Page, app: str) -> None:
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if not local(request.url) else None)
    check(page, app, "梯度裁剪 <img src=x onerror='window.hacked=1'> 把范数限制在 1.0 以内。")
    page.locator(".chip").first.click()
    page.locator(".passage", has_text="<img src=x").wait_for()
    page.goto(f"{app}/library")
    page.get_by_text("note.md").first.wait_for()
    page.goto(app)
    ask(page, "<img src=x onerror='window.hacked=1'> 梯度裁剪把范数限制在多少以内？")
    page.wait_for_timeout(500)
    assert page.evaluate("window.hacked") is None
    assert page.locator("a[href^='javascript']").count() == 0
    assert outside == []


def local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))
