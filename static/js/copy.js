// A button beside each secret that is shown once: copies it and says so. Without script it is selected by hand.

for (const field of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.textContent = "Copy";
  const said = document.createElement("output");
  said.className = "small";
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied.";
    } catch {
      field.select();
      said.textContent = "Selected: copy it with the keyboard.";
    }
  });
  field.after(button, said);
}
