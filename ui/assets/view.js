// Draws one view from data. Text goes in through textContent only: no HTML of a document is ever parsed.

function node(tag, cls, text) {
  const made = document.createElement(tag);
  if (cls) made.className = cls;
  if (text !== undefined) made.textContent = text;
  return made;
}

const MATHML = "http://www.w3.org/1998/Math/MathML";

// A tree of ui.formulas: [tag, attributes, text or trees]; that module lists what may be in it.
function drawMath([tag, attributes, inside]) {
  const made = document.createElementNS(MATHML, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (typeof inside === "string") made.textContent = inside;
  else for (const tree of inside) made.append(drawMath(tree));
  return made;
}

function drawRun(run, cls) {
  const made = node(["strong", "em", "code"].includes(run.style) ? run.style : "span", cls);
  if (!run.math) made.textContent = run.t;
  else {
    made.classList.add("formula");
    made.title = run.t;
    made.append(drawMath(run.math));
  }
  return made;
}

function fill(parent, runs, mark = () => "", after = null) {
  for (const run of runs) {
    parent.append(drawRun(run, mark(run)));
    if (after) for (const span of run.ends || []) parent.append(after(span));
  }
  return parent;
}

const TAGS = { code: "pre", quote: "blockquote", math: "div", rule: "hr" };

function drawBlocks(blocks, mark, after = null) {
  const body = node("div", "prose");
  let table = null;
  const put = (parent, runs) => fill(parent, runs, mark, after);
  for (const block of blocks) {
    if (block.kind === "row") {
      if (!table) {
        const frame = node("div", "frame");
        frame.append((table = node("table")));
        body.append(frame);
      }
      const row = node("tr");
      for (const cell of block.cells) row.append(put(node(table.rows.length ? "td" : "th"), cell));
      table.append(row);
      continue;
    }
    table = null;
    if (block.kind === "li") {
      const item = node("div", "item");
      item.style.marginInlineStart = `${Math.min(block.level, 4) * 1.2}rem`;
      item.append(node("span", "bullet", block.mark), put(node("div"), block.runs));
      body.append(item);
    } else if (block.kind === "h") {
      body.append(put(node(`h${Math.min(6, block.level + 2)}`), block.runs));
    } else {
      body.append(put(node(TAGS[block.kind] || "p", block.kind === "math" ? "math" : ""), block.runs));
    }
  }
  return body;
}

// A card with quote, document and page beside a chip, in the top layer so that nothing clips it.
function addCard(chip, source, card) {
  const show = () => {
    card.replaceChildren(fill(node("q"), source.runs), node("cite", "", source.place));
    if (source.gone) card.append(node("span", "gone", source.gone));
    if (card.showPopover && !card.matches(":popover-open")) card.showPopover();
    card.classList.add("shown");
    const at = chip.getBoundingClientRect();
    const size = card.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, innerWidth - size.width - 8));
    const below = at.bottom + 6 + size.height < innerHeight;
    card.style.left = `${left}px`;
    card.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - size.height - 6)}px`;
  };
  const hide = () => {
    if (card.hidePopover && card.matches(":popover-open")) card.hidePopover();
    card.classList.remove("shown");
  };
  for (const event of ["mouseenter", "focus"]) chip.addEventListener(event, show);
  for (const event of ["mouseleave", "blur", "click"]) chip.addEventListener(event, hide);
  chip.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}

function drawAnswer(data, open) {
  const root = node("div", "answer");
  const card = node("div", "card");
  card.setAttribute("role", "tooltip");
  card.setAttribute("popover", "manual");
  const marks = (span) => {
    const sentence = data.sentences[span];
    const group = node("span", `marks ${sentence.verdict}`);
    if (sentence.verdict === "no_claim") return group;
    group.append(node("span", "label", sentence.label));
    for (const { number, open: target } of sentence.chips) {
      const source = data.sources[number - 1];
      const chip = node("button", source.gone ? "chip gone" : "chip", String(number));
      chip.setAttribute("aria-label", `${number}: ${sentence.label}, ${source.place}${source.gone ? `, ${source.gone}` : ""}. ${source.quote}`);
      chip.addEventListener("click", () => open(target));
      addCard(chip, source, card);
      group.append(chip);
    }
    return group;
  };
  const count = data.sentences.length; // spans from there on are words that the source does not say
  const tint = ({ span }) =>
    span < 0 ? "" : `said ${data.sentences[span % count].verdict}${span < count ? "" : " missing"}`;
  root.append(drawBlocks(data.blocks, tint, marks));
  if (data.sources.length) {
    const list = node("details", "sources");
    list.append(node("summary", "", data.words.sources));
    for (const source of data.sources) list.append(drawSource(source, open));
    root.append(list);
  }
  root.append(card);
  return root;
}

function drawSource(source, open) {
  const row = node("button", "source");
  const text = node("span", "about");
  text.append(node("b", "", source.place));
  if (source.gone) text.append(node("span", "gone", source.gone));
  text.append(fill(node("span", "quote"), source.runs));
  row.append(node("span", "number", String(source.number)), text);
  row.addEventListener("click", () => open(source.open));
  return row;
}

function drawHits(data, open) {
  const list = node("div", data.compact ? "hits compact" : "hits");
  for (const hit of data.hits) {
    const row = node("button", "source");
    const text = node("span", "about");
    const head = node("b", "", hit.place);
    text.append(head);
    if (data.label) text.append(node("span", "gone", data.label));
    if (hit.heading) text.append(node("span", "path", hit.heading));
    text.append(fill(node("span", "quote"), hit.runs));
    row.append(node("span", "number", String(hit.number)), text);
    row.addEventListener("click", () => open(hit.number));
    list.append(row);
  }
  return list;
}

function drawPassage(data) {
  const root = node("div", "passage");
  root.setAttribute("tabindex", "0");
  root.setAttribute("role", "region");
  root.setAttribute("aria-label", data.name);
  if (data.heading) root.append(node("div", "path", data.heading));
  const mark = (run) => (run.span === 0 ? "mark focus" : run.span === 1 ? "mark" : "");
  root.append(drawBlocks(data.blocks, mark));
  return root;
}

function drawQuote(data) {
  const root = node("div", data.cls);
  root.append(drawBlocks(data.blocks, () => ""));
  return root;
}

function drawPage(data) {
  const root = node("div", "page");
  root.setAttribute("tabindex", "0");
  root.setAttribute("role", "region");
  root.setAttribute("aria-label", data.name);
  const sheet = node("div", "sheet");
  const picture = node("img");
  picture.src = `data:image/png;base64,${data.png}`;
  picture.alt = data.name;
  sheet.append(picture);
  for (const box of data.boxes) {
    const made = node("div", box.focus ? "box mark focus" : "box mark");
    for (const side of ["left", "top"]) made.style[side] = `${box[side] * 100}%`;
    made.style.width = `${(box.right - box.left) * 100}%`;
    made.style.height = `${(box.bottom - box.top) * 100}%`;
    sheet.append(made);
  }
  root.append(sheet);
  return root;
}

// Scroll only the frame of the view, so that the app around it does not jump.
function reveal(frame) {
  const go = () => {
    const mark = frame.querySelector(".focus");
    if (!mark) return;
    const [at, seen] = [mark.getBoundingClientRect(), frame.getBoundingClientRect()];
    frame.scrollTop += at.top - seen.top - frame.clientHeight / 3;
    if (at.right > seen.right) frame.scrollLeft += at.left - seen.left - 16; // a page wider than a phone
  };
  const picture = frame.querySelector("img");
  if (picture && !picture.complete) picture.addEventListener("load", go);
  requestAnimationFrame(go);
}

// The page ends at the bottom of a new answer; a reader wants its beginning.
function showQuestion() {
  const asked = document.querySelectorAll(".question");
  asked[asked.length - 1]?.scrollIntoView({ block: "start" });
}

const DRAW = { answer: drawAnswer, hits: drawHits, passage: drawPassage, page: drawPage, quote: drawQuote };

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const { fresh, ...data } = component.data;
  const root = parentElement.querySelector(".root");
  const stamp = JSON.stringify(data);
  if (root.stamp === stamp) return; // a rerun with the same data keeps scroll, focus and open lists
  root.stamp = stamp;
  const wasOpen = root.querySelector("details")?.open;
  const drawn = DRAW[data.view](data, (target) => setTriggerValue("opened", target));
  root.replaceChildren(drawn);
  if (wasOpen && root.querySelector("details")) root.querySelector("details").open = true;
  if (fresh) for (const wait of [150, 700]) setTimeout(showQuestion, wait); // the page settles in between
  if (data.view === "passage" || data.view === "page") reveal(drawn);
}
