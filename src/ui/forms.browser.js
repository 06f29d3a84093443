/** Disables a form's buttons once it is sent, so a double click sends it once. */
// @ts-check

/** Enabled again after this: a download or a failed request leaves the page open. */
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
  // After the browser has read the form: the name and value of a disabled button are not sent.
  setTimeout(() => set(true)(form));
  setTimeout(() => set(false)(form), heldForMs);
});

// The back/forward cache restores the page with its buttons still disabled.
addEventListener("pageshow", () => {
  for (const form of document.forms) set(false)(form);
});
