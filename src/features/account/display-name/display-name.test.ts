import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const path = "/settings/display-name";

describe("display name", () => {
  let app: TestApp;
  let ada: Person;
  beforeEach(async () => {
    app = await testApp();
    ada = await app.person().isLoggedIn();
  });
  afterEach(() => app.close());

  const stored = async () => await findUserByEmail(app.s, ada.identity.email);

  it("display name: the dashboard shows it, or else the username", async () => {
    expect((await ada.opens("/dashboard")).text).toContain("Hello, ada");
    expect((await ada.fillsIn(path, { display_name: "  Ada, Countess of Lovelace 👩‍💻 " })).location).toBe("/settings");
    expect((await ada.opens("/dashboard")).text).toContain("Hello, Ada, Countess of Lovelace 👩‍💻");
    expect((await ada.opens(path)).html).toContain('value="Ada, Countess of Lovelace 👩‍💻"');
  });

  it("display name: an unsupported body or a missing field leaves it unchanged", async () => {
    await ada.fillsIn(path, { display_name: "Countess" });
    const { token } = await ada.opens(path);
    const headers = { "x-csrf-token": token };
    const form = `csrf_token=${token}&display_name=`;
    const multipart = `--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n${token}\r\n--x--\r\n`;
    const bodies: [string, string][] = [
      ["text/plain", form],
      ["text/plain", JSON.stringify({ display_name: "" })],
      ["text/plain", ""],
      ["multipart/form-data; boundary=x", multipart],
      ["application/xml", "<a/>"],
      ["application/json\xA0", "{}"],
      ["", form],
    ];
    for (const [type, body] of bodies) {
      for (const accept of ["text/html", "application/json"]) {
        const answer = await ada.sends("POST", path, { headers: { ...headers, accept, "content-type": type }, body });
        expect(answer.status, type).toBe(415);
        expect(answer.headers.get("accept-post")).toContain("application/json");
        if (accept === "application/json") expect(answer.json()).toMatchObject({ error: { code: "unsupported-type" } });
      }
    }
    expect((await ada.posts(path, { csrf_token: token })).status).toBe(422);
    expect((await ada.sendsJson(path, {}, headers)).status).toBe(422);
    expect((await ada.sends("POST", path, { headers })).status).toBe(422);
    expect((await stored())?.display_name).toBe("Countess");
  });

  it("display name: an empty field removes it", async () => {
    await ada.fillsIn(path, { display_name: "Countess" });
    await ada.fillsIn(path, { display_name: "" });
    expect((await stored())?.display_name).toBeNull();
    expect((await ada.opens("/dashboard")).text).toContain("Hello, ada");
  });

  it.each([
    ["101 characters", "x".repeat(101), "Enter a display name of at most 100 characters."],
    ["a line break", "Ada\r\nBcc: all@example.com", "Your display name contains an invisible character. Type it instead of pasting it."],
    ["a bidirectional override", "Ada\u202Egnp.exe", "Your display name contains an invisible character. Type it instead of pasting it."],
    ["a bidirectional isolate", "Ada\u2067x", "Your display name contains an invisible character. Type it instead of pasting it."],
    ["a NUL", "Ada\0", "Your display name contains an invisible character. Type it instead of pasting it."],
    ["only invisible characters", "\u200B\u200B", "Enter a display name with at least one letter, number or symbol."],
  ])("display name: %s is refused beside the field", { tags: ["asvs-2.2.1", "asvs-1.3.11"] }, async (_, name, sentence) => {
    const { status, text, html } = await ada.fillsIn(path, { display_name: name });
    expect(status).toBe(422);
    expect(text).toContain(sentence);
    expect(html).toContain('id="display_name-problem"');
    expect((await stored())?.display_name).toBeNull();
  });

  it("display name: 100 code points of any script are accepted", async () => {
    expect((await ada.fillsIn(path, { display_name: "🐙".repeat(100) })).status).toBe(303);
  });

  it("display name: markup is escaped on every page", { tags: ["asvs-1.2.1"] }, async () => {
    await ada.fillsIn(path, { display_name: '<img src=x onerror="alert(1)">' });
    for (const page of ["/dashboard", "/settings", path]) expect((await ada.opens(page)).html, page).not.toContain("<img");
  });

  it("display name: the change is recorded, and JSON gives the changed user", async () => {
    const { csrfToken } = (await ada.opens(path, { accept: "application/json" })).json() as { csrfToken: string };
    const { status, json } = await ada.sendsJson(path, { display_name: "Countess" }, { "x-csrf-token": csrfToken });
    expect([status, json()]).toMatchObject([200, { user: { displayName: "Countess", username: "ada" } }]);
    expect((await listEvents(app.s, (await stored())?.id ?? "", 1))[0]?.event).toBe("display-name-changed");
  });
});
