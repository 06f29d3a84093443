/** Asks authenticators for passkeys, and tells them what has changed. */
// @ts-check

/** @type {any} */
const api = window.PublicKeyCredential;
/** Passkeys have no IP addresses as domains. */
const works = api?.parseRequestOptionsFromJSON !== undefined && !/^[\d.]+$|^\[/.test(location.hostname);
/** Challenges expire after five minutes. */
const renewAfterMs = 4 * 60_000;
/** Refusals after which the page, loaded again, asks for what is missing. Others are said. */
const pageAsks = ["login-required", "reauthentication-required", "second-factor-required", "email-code-required", "two-factor-required"];

/** Browsers allow one request at a time: the one in the field is aborted for the one of a button. */
let controller = new AbortController();

for (const prompt of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-passkey]"))) {
  if (!works) break;
  const { form: path, autofill } = prompt.dataset;
  const form = prompt.closest("form") ?? [...document.forms].find((each) => each.getAttribute("action") === path);
  const button = prompt.querySelector("button");
  if (!form || !button) continue;
  prompt.hidden = false;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    button.disabled = true;
    say(prompt, "");
    if (!(await run(prompt, form))) {
      button.disabled = false;
      if (autofill !== undefined) void offer(prompt, form);
    }
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    button.disabled = false;
    if (autofill !== undefined) void offer(prompt, form);
  });
  if (autofill !== undefined) void offer(prompt, form);
}

if (works)
  for (const only of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-passkeys-only]"))) only.hidden = false;

if (works)
  for (const hint of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-passkeys-missing]"))) hint.hidden = true;

/** Offers passkeys in the field for the name, until a button asks. @param {HTMLElement} prompt @param {HTMLFormElement} form */
async function offer(prompt, form) {
  if (!(await api.isConditionalMediationAvailable?.())) return;
  while (document.visibilityState !== "visible") await new Promise((done) => addEventListener("visibilitychange", done, { once: true }));
  const renewal = setTimeout(() => {
    own.abort();
    void offer(prompt, form);
  }, renewAfterMs);
  const running = run(prompt, form, true);
  const own = controller;
  own.signal.addEventListener("abort", () => clearTimeout(renewal));
  await running;
}

/**
 * Resolves to whether the form was sent. A request that this script or the page aborts is no error.
 *
 * @param {HTMLElement} prompt @param {HTMLFormElement} form
 */
async function run(prompt, form, isConditional = false) {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  try {
    const { publicKey } = await options(prompt, form, signal);
    const isCreation = prompt.dataset["passkey"] === "create";
    const credential = /** @type {any} */ (
      isCreation
        ? await navigator.credentials.create({ publicKey: api.parseCreationOptionsFromJSON(publicKey), signal })
        : await navigator.credentials.get({
            publicKey: api.parseRequestOptionsFromJSON(publicKey),
            signal,
            ...(isConditional ? { mediation: "conditional" } : {}),
          })
    );
    send(prompt, form, JSON.stringify(credential.toJSON()));
    return true;
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    // Autofill is an offer: where it fails, the form and the button remain.
    if (isConditional || name === "AbortError") return false;
    const key = `${name[0]?.toLowerCase()}${name.slice(1)}`;
    say(
      prompt,
      name === "Refusal"
        ? message
        : name === "TypeError"
          ? prompt.dataset["unreachable"]
          : (prompt.dataset[key] ?? prompt.dataset["failed"]),
    );
    return false;
  }
}

/** @param {HTMLElement} prompt @param {HTMLFormElement} form @param {AbortSignal} signal */
async function options(prompt, form, signal) {
  const token = /** @type {HTMLInputElement | null} */ (form.querySelector('[name="csrf_token"]'))?.value ?? "";
  const response = await fetch(prompt.dataset["options"] ?? "", {
    method: "POST",
    signal,
    headers: { "content-type": "application/json", accept: "application/json", "x-csrf-token": token },
    body: JSON.stringify({ purpose: prompt.dataset["purpose"] }),
  });
  const body = await response.json();
  if (response.ok) return body;
  if (pageAsks.includes(body.error?.code)) location.reload();
  throw Object.assign(new Error(body.error?.message), { name: "Refusal" });
}

/** @param {HTMLElement} prompt @param {HTMLFormElement} form @param {string} response */
function send(prompt, form, response) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = prompt.dataset["passkey"] === "create" ? "new_passkey" : "passkey";
  field.value = response;
  const passwords = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('[type="password"]'));
  const { action } = prompt.dataset;
  const before = form.getAttribute("action") ?? "";
  // A typed or filled-in password is not sent with a passkey.
  for (const password of passwords) password.disabled = true;
  if (action) form.setAttribute("action", action);
  // The checkbox belongs to the form of the code.
  const trust = /** @type {HTMLInputElement | undefined} */ (document.querySelector('[name="trust"]:checked')?.cloneNode());
  trust?.removeAttribute("form");
  form.append(field, trust ?? "");
  form.submit();
  // For the back/forward cache.
  field.remove();
  trust?.remove();
  form.setAttribute("action", before);
  for (const password of passwords) password.disabled = false;
}

/** @param {HTMLElement} prompt @param {string | undefined} text */
function say(prompt, text) {
  const problem = prompt.querySelector(".problem");
  if (problem) problem.textContent = text ?? "";
}

/** Tells authenticators which passkeys an account has, and its names; see WebAuthn, 5.1.10. */
for (const { dataset } of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-passkey-signals]"))) {
  /** @type {Record<string, unknown>} */
  const signals = JSON.parse(dataset["passkeySignals"] ?? "{}");
  for (const [name, value] of Object.entries(signals)) api?.[name]?.(value).catch(() => {});
}

/** After a login with a password, creates a passkey without asking where the browser can; else its card stays. */
for (const card of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-passkey-upgrade]")))
  if (works) void upgrade(card);

/** @param {HTMLElement} card */
async function upgrade(card) {
  try {
    const capabilities = await api.getClientCapabilities?.();
    if (!capabilities?.conditionalCreate) return;
    const token = /** @type {HTMLInputElement | null} */ (card.querySelector('[name="csrf_token"]'))?.value ?? "";
    const headers = { "content-type": "application/json", accept: "application/json", "x-csrf-token": token };
    /** @param {string | undefined} path @param {object} body */
    const post = (path, body) => fetch(path ?? "", { method: "POST", headers, body: JSON.stringify({ ...body, upgrade: "1" }) });
    const options = await post(card.dataset["passkeyUpgrade"], {});
    if (!options.ok) return;
    const publicKey = api.parseCreationOptionsFromJSON((await options.json()).publicKey);
    const request = /** @type {any} */ ({ publicKey, mediation: "conditional" });
    const credential = /** @type {any} */ (await navigator.credentials.create(request));
    if (credential && (await post(card.dataset["action"], { new_passkey: credential.toJSON() })).ok) card.hidden = true;
  } catch {
    // An offer: the card remains.
  }
}
