// The time a hold or an offer has left, counted down to the second; when it runs out the page says so and asks what next.
// The server says how many seconds are left, so that a clock that is wrong here does not matter.

// Heard rather than seen: often enough to act, seldom enough to read.
const SAID = [
  [3600, "One hour left."],
  [300, "Five minutes left."],
  [60, "One minute left."],
];

const two = (number) => String(number).padStart(2, "0");

export function clockFace(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  const hours = Math.floor(left / 3600);
  const rest = `${two(Math.floor((left % 3600) / 60))}:${two(left % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

function run(hold) {
  const find = (name) => hold.querySelector(`[data-hold-${name}]`);
  const face = find("clock");
  const bar = find("bar");
  const voice = find("voice");
  const end = Date.now() + Number(hold.dataset.hold) * 1000;
  let before = Infinity;
  const timer = setInterval(tick, 250);

  function tick() {
    const left = (end - Date.now()) / 1000;
    face.textContent = clockFace(left);
    face.toggleAttribute("data-near", left < 60);
    if (bar) bar.value = Math.max(0, left);
    for (const [mark, words] of SAID) if (before > mark && left <= mark && before !== Infinity) voice.textContent = words;
    before = left;
    if (left <= 0) ranOut();
  }

  function ranOut() {
    clearInterval(timer);
    const was = find("running");
    const here = was.contains(document.activeElement);
    was.hidden = true;
    find("over").hidden = false;
    voice.textContent = find("over").dataset.said ?? "The time is over.";
    document.title = `${voice.textContent.split(".")[0]} · ${document.title}`;
    // Whoever was about to press a button that is gone now finds the next one.
    if (here) find("over").querySelector("button, a")?.focus();
  }

  tick();
}

for (const hold of document.querySelectorAll("[data-hold]")) run(hold);
// A page from the back button shows the time as it was when one left.
window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("[data-hold]")) location.reload();
});
