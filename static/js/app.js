// What every page does: toasts, theme, dialogs, countdowns, forms that are sent once and not lost.
import { startKeys } from "./keys.js";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// htmx ------------------------------------------------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  const token = $('meta[name="csrf-token"]')?.content;
  if (token) event.detail.headers["X-CSRFToken"] = token;
});
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (sayNotLoaded(event.detail.target)) return;
  // A rule that said no has said so itself, in its own words.
  if (event.detail.xhr.getResponseHeader("HX-Trigger")?.includes('"toast"')) return;
  toast(
    status === 403
      ? "Your role does not allow that. Nothing was changed."
      : status === 429
        ? "Too many requests. Wait a moment, then try again."
        : "That did not go through. Nothing was changed. Try again in a moment.",
    "bad",
  );
});
document.addEventListener("htmx:sendError", (event) => {
  if (sayNotLoaded(event.detail.target)) return;
  toast("No connection. What you typed is still here; try again when you are back online.", "bad");
});
document.addEventListener("htmx:afterSwap", (event) => prepare(event.detail.target));
// A part of the page that never came: say so where it would stand, not in a toast.
function sayNotLoaded(target) {
  const waiting = target && $(".skeleton", target);
  if (!waiting) return false;
  const note = document.createElement("p");
  note.className = "quiet";
  note.textContent = "This part could not be loaded. Reload the page to try again.";
  waiting.replaceWith(note);
  return true;
}
// The server says: HX-Trigger: {"toast": {"message": "Saved.", "kind": "good"}}
document.addEventListener("toast", (event) => {
  const { message, value, kind } = event.detail ?? {};
  toast(message ?? value ?? "", kind);
});

// toasts ------------------------------------------------------------------------

export function toast(text, tone = "info") {
  const region = $("#toasts");
  if (!region || !text) return;
  const note = document.createElement("div");
  note.className = `notice notice--${tone}`;
  const words = document.createElement("div");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.className = "button small ghost";
  close.addEventListener("click", () => note.remove());
  note.append(words, close);
  region.append(note);
  // Bad news stays until it is read.
  if (tone !== "bad") setTimeout(() => note.remove(), 6000);
}

// theme and hand -------------------------------------------------------------------

function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Not kept, but it holds for this page.
  }
}

function toggleTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  remember("theme", root.dataset.theme);
}

function toggleHand() {
  const { dataset } = document.body;
  dataset.hand = dataset.hand === "left" ? "right" : "left";
  remember("hand", dataset.hand);
}

if (document.body.dataset.hand) {
  try {
    document.body.dataset.hand = localStorage.getItem("hand") ?? document.body.dataset.hand;
  } catch {
    // As the page said, then.
  }
}

// dialogs and menus -------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  else if (event.target.nodeName === "DIALOG") event.target.close();
  if (event.target.closest("[data-theme-toggle]")) toggleTheme();
  if (event.target.closest("[data-hand-toggle]")) toggleHand();
  if (event.target.closest("[data-bulk-clear]")) clearBulk(event.target.closest("form"));
  if (event.target.closest("[data-print]")) window.print();
  for (const menu of $$("details[data-menu][open]"))
    if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of $$("details[data-menu][open]")) {
    menu.open = false;
    $("summary", menu)?.focus();
  }
});

// forms --------------------------------------------------------------------------------

const dirty = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) dirty.add(form);
});
window.addEventListener("beforeunload", (event) => {
  if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  dirty.delete(form);
  if (form.method === "get" || form.hasAttribute("hx-post") || form.dataset.many !== undefined) return;
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
// Coming back with the back button finds the form ready again.
window.addEventListener("pageshow", () => {
  for (const form of $$("form[data-sent]")) delete form.dataset.sent;
  for (const button of $$('[aria-busy="true"]')) button.removeAttribute("aria-busy");
});

// choosing rows ---------------------------------------------------------------------------

document.addEventListener("change", (event) => {
  const form = event.target.closest("form");
  if (!form) return;
  if (event.target.matches("[data-row-all]"))
    for (const box of $$("[data-row]", form)) box.checked = event.target.checked;
  if (event.target.matches("[data-row], [data-row-all]")) countRows(form);
  if (event.target.matches("[data-submit-on-change]")) form.requestSubmit();
});

function countRows(form) {
  const bar = $("[data-bulk]", form);
  if (!bar) return;
  const count = $$("[data-row]:checked", form).length;
  bar.hidden = count === 0;
  const output = $("[data-bulk-count]", bar);
  if (output) output.textContent = String(count);
}

function clearBulk(form) {
  for (const box of $$("[data-row], [data-row-all]", form)) box.checked = false;
  countRows(form);
}

// countdowns --------------------------------------------------------------------------------

const UNITS = [
  [86400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
];

export function duration(seconds) {
  for (const [index, [size, name]] of UNITS.entries()) {
    if (seconds < size && size !== 1) continue;
    const next = UNITS[index + 1];
    const rest = next ? Math.floor((seconds % size) / next[0]) : 0;
    return `${Math.floor(seconds / size)}\u00a0${name}` + (rest ? ` ${rest}\u00a0${next[1]}` : "");
  }
  return "0\u00a0s";
}

function tick() {
  for (const clock of $$("[data-countdown]")) {
    const left = Math.floor((new Date(clock.dateTime) - Date.now()) / 1000);
    const text = left > 0 ? duration(left) : "over";
    if (clock.textContent !== text) clock.textContent = text;
    clock.toggleAttribute("data-near", left > 0 && left < 3600);
    clock.toggleAttribute("data-past", left <= 0);
  }
}
if ($("[data-countdown]")) setInterval(tick, 1000);

// start --------------------------------------------------------------------------------------

function prepare(root) {
  $("[data-focus]:not([data-guide] *)", root)?.focus();
  for (const form of $$("form:has([data-bulk])", root)) countRows(form);
}
prepare(document);
startKeys();
