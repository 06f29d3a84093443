import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkIn, type TestApp, testApp } from "../../../test/person.ts";

const password = "a lighthouse at dawn";

describe.each([
  ["on", 2],
  ["off", 1],
])("new password with CONFIRM_PASSWORD=%s", (setting, fieldCount) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ CONFIRM_PASSWORD: setting });
    await app.person({ username: "ada" }).signsUp();
  });
  afterAll(() => app.close());

  it("new password: the setting decides whether the forms ask twice, and each field has names of its own", async () => {
    const ada = await app.person({ username: "ada" });
    await ada.logsIn();
    const visitor = app.person();
    await visitor.fillsIn("/reset-password", { email: "ada@example.com" });
    await visitor.opens(linkIn((await app.emails("ada@example.com"))[0], "/reset-password/choose"));
    const pages = [
      await app.person().opens("/signup"),
      await visitor.opens("/reset-password/choose"),
      await ada.opens("/settings/change-password"),
    ];
    for (const [i, { html }] of pages.entries()) {
      const fields = [...html.matchAll(/<input id="(\w+)" name="\1" type="password" autocomplete="new-password"/g)].map(([, id]) => id);
      expect(fields).toEqual(["password", "confirm_password"].slice(0, fieldCount));
      const labels = fields.map((id) => new RegExp(`<label for="${id}">([^<]+)<`).exec(html)?.[1]);
      expect(labels).toEqual((i === 0 ? ["Password", "Confirm password"] : ["New password", "Confirm new password"]).slice(0, fieldCount));
      const toggles = [...html.matchAll(/<button type="button" class="show"[^>]* aria-label="([^"]+)"/g)].map(([, name]) => name);
      expect(toggles.length).toBe(fields.length + (i === 2 ? 1 : 0));
      expect(new Set(toggles).size).toBe(toggles.length);
      for (const name of toggles) expect(name).toMatch(/^Show password/);
    }
  });

  it("new password: JSON needs confirm_password only if the setting is on", async () => {
    const changes = { current_password: "a harbour at dusk", password };
    const made = await app.person().sendsJson("/signup", { username: "grace", email: "grace@example.com", password });
    const ada = app.person({ username: "ada" });
    const login = (await ada.sendsJson("/login", { ...ada.identity, session: "token" })).json() as { token: string };
    const changed = await ada.sendsJson("/settings/change-password", changes, { authorization: `Bearer ${login.token}` });
    if (setting === "on") {
      for (const { status, json } of [made, changed])
        expect([status, json()]).toMatchObject([422, { error: { fields: { confirm_password: expect.stringMatching(/^Confirm your /) } } }]);
    } else expect([made.status, changed.status]).toEqual([201, 200]);
  });

  it("new password: another second password is refused only if the setting is on", async () => {
    const fields = { username: "hopper", email: "hopper@example.com", password, confirm_password: "another lighthouse" };
    expect((await app.person().fillsIn("/signup", fields)).status).toBe(setting === "on" ? 422 : 303);
  });

  it("OpenAPI: confirm_password is described only if the setting is on", async () => {
    const { paths } = (await app.person().opens("/openapi.json")).json() as { paths: Record<string, object> };
    for (const path of ["/signup", "/reset-password/choose", "/settings/change-password"])
      expect(JSON.stringify(paths[path]).split('"confirm_password"').length - 1, path).toBe(setting === "on" ? 2 : 0);
  });
});
