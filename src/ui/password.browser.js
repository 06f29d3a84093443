/** Toggles password visibility and rates new passwords; optional. */
// @ts-check

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button.show"))) {
  const input = /** @type {HTMLInputElement} */ (document.getElementById(button.getAttribute("aria-controls") ?? ""));
  button.hidden = false;
  const show = (/** @type {boolean} */ shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = button.dataset[shown ? "textHide" : "textShow"] ?? "";
    button.setAttribute("aria-label", button.dataset[shown ? "textHideLabel" : "textShowLabel"] ?? "");
  };
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // Browsers offer to save text inputs for autocompletion, so a shown password must be hidden before it is sent.
  input.form?.addEventListener("submit", () => show(false));
}

for (const meter of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".strength[data-for]"))) {
  const input = /** @type {HTMLInputElement} */ (document.getElementById(meter.dataset["for"] ?? ""));
  const others = [...(input.form?.elements ?? [])].filter(
    (each) => each instanceof HTMLInputElement && ["text", "email"].includes(each.type),
  );
  const update = () => {
    const contextWords = others.map((each) => /** @type {HTMLInputElement} */ (each).value).filter((value) => value !== "");
    const score = rate(input.value, contextWords);
    meter.dataset["level"] = String(score ?? 0);
    meter.textContent = input.value === "" || score === undefined ? "" : (meter.dataset[`text-${score}`] ?? "");
  };
  meter.hidden = false;
  meter.textContent = "";
  input.addEventListener("focus", () => loadLibrary(meter.dataset["url"] ?? "", update), { once: true });
  input.addEventListener("input", update);
}

/**
 * @param {string} url
 * @param {() => void} onLoad
 */
function loadLibrary(url, onLoad) {
  const script = document.createElement("script");
  script.src = url;
  script.addEventListener("load", onLoad);
  document.head.append(script);
}

/**
 * The strength of a password from 0 to 4; undefined until the library is loaded.
 *
 * @param {string} password
 * @param {string[]} contextWords
 * @returns {number | undefined}
 */
function rate(password, contextWords) {
  const library = /** @type {{ latchkeyStrength?: { check: (password: string, contextWords: string[]) => { score: number } } }} */ (
    /** @type {unknown} */ (window)
  ).latchkeyStrength;
  return library?.check(password.slice(0, 100), contextWords).score;
}
