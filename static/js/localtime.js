// A moment on the reader's own clock, beside the node's, when the two differ.

const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

for (const place of document.querySelectorAll("[data-local]")) {
  const moment = new Date(place.dataset.local);
  if (Number.isNaN(moment.getTime()) || !own) continue;
  const told = moment.toLocaleString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  place.textContent = ` Where you are: ${told} (${own}).`;
  place.hidden = false;
}
