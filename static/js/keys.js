// Keys: "/" searches, "g" then a letter goes, "?" shows what there is.
const PATIENCE_MS = 1200;

function isTyping(target) {
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.nodeName);
}

function showKeys() {
  const dialog = document.getElementById("keys");
  const list = dialog?.querySelector("[data-keys-list]");
  if (!dialog || dialog.open) return;
  if (!dialog.dataset.filled) {
    for (const link of document.querySelectorAll(".side [data-go]")) {
      const term = document.createElement("dt");
      const keys = ["g", link.dataset.go].map((key) => {
        const kbd = document.createElement("kbd");
        kbd.textContent = key;
        return kbd;
      });
      term.append(keys[0], " ", keys[1]);
      const meaning = document.createElement("dd");
      meaning.textContent = `Go to ${link.textContent.trim()}`;
      list.append(term, meaning);
    }
    dialog.dataset.filled = "yes";
  }
  dialog.showModal();
}

export function startKeys() {
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (going && Date.now() - going < PATIENCE_MS) {
      going = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    if (event.key === "g") going = Date.now();
    else if (event.key === "?") showKeys();
    else if (event.key === "/") {
      const field = document.querySelector("[data-search]");
      if (field) {
        event.preventDefault();
        field.focus();
        field.select();
      }
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) showKeys();
  });
}
