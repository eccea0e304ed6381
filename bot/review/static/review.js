// Keys for what the pages can do without them: every key presses a button or follows a link that is there.
"use strict";

document.documentElement.classList.add("js");

const typing = (at) => at.matches("input, textarea, select") && !["submit", "button"].includes(at.type);
const $ = (selector) => document.querySelector(selector);

// The text of a document as the server counts it: code points.
const points = (text) => Array.from(text).length;

/* ---- choosing the better span --------------------------------------------------------------------------- */

const reader = $("#document");
const sentences = reader ? [...reader.querySelectorAll(".s")] : [];
const start = (sentence) => Number(sentence.dataset.start);
const end = (sentence) => Number(sentence.dataset.end);
let caret = -1;
let gold = null;

const pieces = reader ? [...reader.querySelectorAll("[data-at]")] : [];

// Where in the page the code point `at` of the document stands: a text node and an offset in UTF-16 units.
function place(at, last) {
  for (const piece of pieces) {
    const from = Number(piece.dataset.at);
    const signs = Array.from(piece.textContent);
    if (at < from || at > from + signs.length || (at === from + signs.length && !last)) continue;
    let left = signs.slice(0, at - from).join("").length;
    const walk = document.createTreeWalker(piece, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (left <= node.length) return [node, left];
      left -= node.length;
    }
  }
  return null;
}

function choose(span) {
  gold = span;
  $("#gold-start").value = span ? span[0] : "";
  $("#gold-end").value = span ? span[1] : "";
  $("#chosen").hidden = !span;
  for (const one of sentences) {
    one.classList.toggle("gold", Boolean(span) && start(one) < span[1] && span[0] < end(one));
  }
  if (globalThis.Highlight && CSS.highlights) CSS.highlights.delete("gold");
  if (!span) return;
  const [from, to] = [place(span[0], false), place(span[1], true)];
  if (!from || !to) return;
  const range = document.createRange();
  range.setStart(...from);
  range.setEnd(...to);
  // The page has links between sentences, which are no text of the document.
  const copy = range.cloneContents();
  copy.querySelectorAll(".pick").forEach((link) => link.remove());
  $("#gold-text").textContent = copy.textContent;
  if (globalThis.Highlight && CSS.highlights) CSS.highlights.set("gold", new Highlight(range));
}

function move(by, extend) {
  if (!sentences.length) return;
  const before = caret;
  if (caret < 0) {
    const first = sentences.findIndex((one) => one.matches(".near") || one.querySelector("mark"));
    caret = Math.max(first, 0);
    if (!extend) by = 0;
  }
  caret = Math.min(Math.max(caret + by, 0), sentences.length - 1);
  sentences.forEach((one, number) => one.classList.toggle("caret", number === caret));
  sentences[caret].scrollIntoView({ block: "nearest" });
  $("#said").textContent = sentences[caret].textContent;
  if (extend) {
    const from = gold || [start(sentences[Math.max(before, 0)]), end(sentences[Math.max(before, 0)])];
    choose([Math.min(from[0], start(sentences[caret])), Math.max(from[1], end(sentences[caret]))]);
  }
}

function pickCaret() {
  if (caret < 0) move(0, false);
  if (caret < 0) return;
  const one = sentences[caret];
  const same = gold && gold[0] === start(one) && gold[1] === end(one);
  choose(same ? null : [start(one), end(one)]);
}

// The code point at which an end of the mouse's selection stands.
function point(node, offset) {
  const inside = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
  const piece = inside.closest("[data-at]");
  if (piece) {
    const range = document.createRange();
    range.selectNodeContents(piece);
    range.setEnd(node, offset);
    return Number(piece.dataset.at) + points(range.toString());
  }
  // In white space between sentences: the next one begins there.
  const next = pieces.find((one) => node.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  return next ? Number(next.dataset.at) : sentences.length ? end(sentences[sentences.length - 1]) : 0;
}

if (reader) {
  const said = document.createElement("p");
  said.id = "said";
  said.className = "unseen";
  said.setAttribute("aria-live", "polite");
  document.body.append(said);
  document.addEventListener("mouseup", () => {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    if (!reader.contains(range.commonAncestorContainer)) return;
    const [from, to] = [point(range.startContainer, range.startOffset), point(range.endContainer, range.endOffset)];
    const chosen = range.toString();
    if (from < to && chosen.trim()) choose([from, to]);
  });
  reader.addEventListener("click", (event) => {
    const selection = document.getSelection();
    const one = event.target.closest(".s");
    if (!one || (selection && !selection.isCollapsed)) return;
    caret = sentences.indexOf(one);
    move(0, event.shiftKey);
  });
  $("#gold-clear").addEventListener("click", (event) => {
    event.preventDefault();
    choose(null);
    $("h1").focus();
  });
  const [from, to] = [$("#gold-start").value, $("#gold-end").value];
  if (from && to) choose([Number(from), Number(to)]);
  // The quote is in sight from the start, in the document's own window.
  if (!location.hash) {
    const quoted = $("#quoted, .s.near");
    const above = (one) => one.getBoundingClientRect().top;
    if (quoted) reader.scrollTop += above(quoted) - above(reader) - reader.clientHeight / 3;
  }
}

/* ---- keys ------------------------------------------------------------------------------------------------ */

const rows = [...document.querySelectorAll("[data-row]")];

function moveRow(by) {
  const at = rows.indexOf(document.activeElement);
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  if (next) next.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const at = event.target;
  if (typing(at)) {
    if (event.key === "Escape") $("h1").focus();
    if (at.id === "note" && event.key === "Escape") event.preventDefault();
    return;
  }
  const act = () => {
    if (reader) {
      if (event.key === "j" || event.key === "k") return move(event.key === "j" ? 1 : -1, false), true;
      if (event.key === "J" || event.key === "K") return move(event.key === "J" ? 1 : -1, true), true;
      if (event.key === "g") return pickCaret(), true;
      if (event.key === "Escape") return choose(null), true;
      const other = /^[1-9]$/.test(event.key) && $(`[data-document="${event.key}"]`);
      if (other) return other.click(), true;
    } else if (rows.length && (event.key === "j" || event.key === "k")) {
      return moveRow(event.key === "j" ? 1 : -1), true;
    }
    const focus = $(`[data-focus="${CSS.escape(event.key)}"]`);
    if (focus) return focus.focus(), true;
    const pressed = $(`[data-key="${CSS.escape(event.key)}"]`);
    if (!pressed) return false;
    pressed.click();
    if (pressed.matches("summary")) $("#note").focus();
    return true;
  };
  if (act()) event.preventDefault();
});

// A form is sent once, however often its key is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));
