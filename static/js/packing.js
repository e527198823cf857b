// At the bench a scan ticks the goods: piece by piece, and says so when one does not belong into this parcel.
import { sayResult } from "./scan.js";

function count(box, seen) {
  const label = box.closest("label");
  label.querySelector("[data-seen]").textContent = String(seen);
  // Sent along with the weight, so that a refused weight does not lose the count.
  label.querySelector("[data-told]").value = String(seen);
  box.checked = seen >= Number(box.dataset.quantity);
}

document.addEventListener("scan", (event) => {
  const list = document.querySelector("[data-goods]");
  if (!list) return;
  event.preventDefault();
  const { code, zone } = event.detail;
  const wanted = code.toLowerCase();
  const box = [...list.querySelectorAll("input[data-code]")].find(
    ({ dataset }) => dataset.code.toLowerCase() === wanted || (dataset.gtin && dataset.gtin === code),
  );
  zone.querySelector("input[data-scan-field]").value = "";
  if (!box) return sayResult(zone, "bad", "Not in this parcel. Put it aside");
  const seen = Number(box.closest("label").querySelector("[data-seen]").textContent) + 1;
  const most = Number(box.dataset.quantity);
  if (seen > most) return sayResult(zone, "bad", `Only ${most} of these. One too many`);
  count(box, seen);
  const left = list.querySelectorAll("input[data-code]:not(:checked)").length;
  return sayResult(zone, "good", left ? `${seen} of ${most}` : "All there");
});
document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-goods] input[data-code]");
  if (box) count(box, box.checked ? Number(box.dataset.quantity) : 0);
});
// Without a scanner's module nothing is to be sent from here.
document.querySelector("[data-scan-goods]")?.addEventListener("submit", (event) => event.preventDefault());
