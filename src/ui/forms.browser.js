/** Disables the buttons of a submitted form against double clicks. */
// @ts-check

/** Then buttons are enabled again, because a download or failed request leaves the page open. */
const disabledForMs = 10_000;

/** @param {boolean} disabled */
const set = (disabled) => (/** @type {HTMLFormElement} */ form) => {
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll('button[type="submit"]'))) {
    button.disabled = disabled;
  }
};

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.method !== "post") return;
  // Delayed: browsers do not submit the name and value of a disabled button.
  setTimeout(() => set(true)(form));
  setTimeout(() => set(false)(form), disabledForMs);
});

// A page that only passes values on, such as those of a login with another provider.
/** @type {HTMLFormElement | null} */ (document.querySelector("form[data-submit]"))?.requestSubmit();

// The back/forward cache restores the page with its buttons still disabled.
addEventListener("pageshow", () => {
  for (const form of document.forms) set(false)(form);
});
