/** Disables a form's buttons once it is sent, so that a double click sends it once. The server answers a second one the same without this. */
// @ts-check

/** After this, whoever has waited may press again: a download or a failed request leaves the page as it is. */
const heldForMs = 10_000;

/** @param {boolean} disabled */
const set = (disabled) => (/** @type {HTMLFormElement} */ form) => {
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll('button[type="submit"]'))) {
    button.disabled = disabled;
  }
};

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.method !== "post") return;
  // After the browser has read the form: a disabled button would not send its name and value.
  setTimeout(() => set(true)(form));
  setTimeout(() => set(false)(form), heldForMs);
});

// Also where the page comes back from the browser's cache, as it was left.
addEventListener("pageshow", () => {
  for (const form of document.forms) set(false)(form);
});
