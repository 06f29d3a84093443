/** Shows and hides a password, and says how strong a new one is while it is typed. Forms work the same without it. */
// @ts-check

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button.show"))) {
  const input = /** @type {HTMLInputElement} */ (document.getElementById(button.getAttribute("aria-controls") ?? ""));
  button.hidden = false;
  const show = (/** @type {boolean} */ shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", `${shown ? "Hide" : "Show"} ${button.dataset["label"] ?? "password"}`);
  };
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // A browser offers to keep what was typed as text, and must not do that with a password.
  input.form?.addEventListener("submit", () => show(false));
}

for (const meter of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".strength"))) {
  const input = /** @type {HTMLInputElement} */ (document.getElementById(meter.dataset["for"] ?? ""));
  const others = [...(input.form?.elements ?? [])].filter(
    (each) => each instanceof HTMLInputElement && ["text", "email"].includes(each.type),
  );
  const tell = () => {
    const words = others.map((each) => /** @type {HTMLInputElement} */ (each).value).filter((value) => value !== "");
    const [level, text] = judge(input.value, words);
    meter.dataset["level"] = String(level);
    meter.textContent = input.value === "" ? "" : text;
  };
  meter.hidden = false;
  meter.textContent = "";
  input.addEventListener("focus", () => loadLibrary(meter.dataset["url"] ?? "", tell), { once: true });
  input.addEventListener("input", tell);
}

/**
 * @param {string} url
 * @param {() => void} then
 */
function loadLibrary(url, then) {
  const script = document.createElement("script");
  script.src = url;
  script.addEventListener("load", then);
  document.head.append(script);
}

/**
 * How strong a password is, from 0 to 4, in words; no words until the library is there.
 *
 * @param {string} password
 * @param {string[]} ownWords
 * @returns {[number, string]}
 */
function judge(password, ownWords) {
  const library = /** @type {{ latchkeyStrength?: { check: (password: string, ownWords: string[]) => { score: number } } }} */ (
    /** @type {unknown} */ (window)
  ).latchkeyStrength;
  if (!library) return [0, ""];
  const { score } = library.check(password.slice(0, 100), ownWords);
  const words = [
    "Strength: very weak. Among the first that anyone would try.",
    "Strength: weak. A few more words would help.",
    "Strength: fair. Another word would make it good.",
    "Strength: good.",
    "Strength: very good.",
  ];
  return [score, words[score] ?? ""];
}
