// "Nearest first": asks the browser where the visitor is, only when they press the button, and rounds to about 100 m.
const button = document.querySelector("[data-near]");
if (button && "geolocation" in navigator) {
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const near = `${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)}`;
        location.search = `?${new URLSearchParams({ near })}`;
      },
      () => {
        button.nextElementSibling.hidden = false;
      },
      { timeout: 8000, maximumAge: 600000 },
    );
  });
}
