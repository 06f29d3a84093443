/** Opens dialogs of the page instead of the pages that ask the same. */
// @ts-check

/** @param {Event} event @param {HTMLElement} opener @returns {HTMLDialogElement | undefined} */
const open = (event, opener) => {
  const dialog = document.getElementById(opener.dataset["dialog"] ?? "");
  if (!(dialog instanceof HTMLDialogElement)) return undefined;
  event.preventDefault();
  dialog.showModal();
  return dialog;
};

document.addEventListener("click", (event) => {
  const opener = event.target instanceof Element ? event.target.closest("a[data-dialog]") : null;
  // With a modifier, the link opens elsewhere as usual.
  if (opener instanceof HTMLElement && !(event.ctrlKey || event.metaKey || event.shiftKey)) open(event, opener);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset["dialog"] === undefined) return;
  // The last field that is filled in counts, as on the server; without one, the server asks for it.
  const typed = String(
    [...new FormData(form).getAll("role"), ...new FormData(form).getAll("new_role")].findLast((value) => value !== "") ?? "",
  ).trim();
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(typed)) return;
  for (const shown of open(event, form)?.querySelectorAll("[data-typed]") ?? []) {
    if (shown instanceof HTMLInputElement) shown.value = typed;
    else shown.textContent = typed;
  }
});
