// A keyboard-wedge scanner types fast and ends with Enter. Wherever the focus is, what it types lands in the scan field.
// Markup: templates/components/scan.html. The result is colour, sound and word.
const FAST_MS = 50;
const SHORTEST = 3;

// A browser stays silent (and complains) until somebody has touched the page or the one before it.
const touched = {
  get: () => {
    try {
      return sessionStorage.getItem("touched") === "yes";
    } catch {
      return false;
    }
  },
  set: () => {
    try {
      sessionStorage.setItem("touched", "yes");
    } catch {
      // Then this page alone can sound.
    }
  },
};
for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, touched.set, { once: true });

let audio;
function sound(result) {
  if (!touched.get() && !navigator.userActivation?.hasBeenActive) return;
  try {
    audio ??= new AudioContext();
    const tones = result === "good" ? [[880, 0, 0.09], [1320, 0.09, 0.12]] : [[196, 0, 0.18], [165, 0.2, 0.28]];
    for (const [pitch, from, length] of tones) {
      const oscillator = audio.createOscillator();
      const gain = audio.createGain();
      oscillator.type = result === "good" ? "sine" : "square";
      oscillator.frequency.value = pitch;
      gain.gain.value = 0.2;
      oscillator.connect(gain).connect(audio.destination);
      oscillator.start(audio.currentTime + from);
      oscillator.stop(audio.currentTime + from + length);
    }
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(result === "bad" ? [120, 60, 120] : 40);
  } catch {
    // No sound on this device; colour and word remain.
  }
}

export function sayResult(zone, result, words) {
  zone.dataset.result = result;
  const line = zone.querySelector(".scan__result");
  if (line) line.textContent = words;
  if (result === "good" || result === "bad") sound(result);
}

function zoneOnPage() {
  return document.querySelector("[data-scan]");
}

function submit(zone, code) {
  const field = zone.querySelector("input[data-scan-field]");
  field.value = code;
  sayResult(zone, "wait", "One moment");
  // A room's own module may take the scan (offline queue); otherwise the form is sent.
  const event = new CustomEvent("scan", { bubbles: true, cancelable: true, detail: { code, zone } });
  if (zone.dispatchEvent(event)) field.form?.requestSubmit();
}

let typed = "";
let lastAt = 0;
document.addEventListener("keydown", (event) => {
  const zone = zoneOnPage();
  if (!zone || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = zone.querySelector("input[data-scan-field]");
  if (event.target === field) {
    if (event.key === "Enter" && field.value.trim()) {
      event.preventDefault();
      submit(zone, field.value.trim());
    }
    return;
  }
  if (event.target.matches?.("input, textarea, select")) return;
  const now = performance.now();
  if (now - lastAt > FAST_MS) typed = "";
  lastAt = now;
  if (event.key === "Enter" && typed.length >= SHORTEST) {
    event.preventDefault();
    submit(zone, typed);
    typed = "";
  } else if (event.key.length === 1) typed += event.key;
});

function start() {
  const zone = zoneOnPage();
  if (!zone) return;
  const { result } = zone.dataset;
  // The server answered the last scan with this page: say it again in sound.
  if (result === "good" || result === "bad") sound(result);
  const field = zone.querySelector("input[data-scan-field]");
  field?.focus({ preventScroll: true });
  // What a refused number left there is kept, and gives way to the next scan.
  field?.select();
}
start();
document.addEventListener("htmx:afterSwap", start);
// The server says: HX-Trigger: {"scanned": {"result": "bad", "words": "Wrong bin"}}
document.addEventListener("scanned", (event) => {
  const zone = zoneOnPage();
  if (zone) sayResult(zone, event.detail.result, event.detail.words);
});
