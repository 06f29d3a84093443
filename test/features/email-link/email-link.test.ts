import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { features } from "../../../src/features/index.ts";
import { linkIn, type TestApp, testApp } from "../../person.ts";
import { emailLink } from "./email-link.ts";

describe("email link", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({}, { features: [...features, emailLink] });
    await app.person().signsUp();
  });
  afterAll(() => app.close());

  const asks = (email: string) => app.person().fillsIn("/email-link", { email });
  const links = async (email: string) => (await app.emails(email)).filter(({ subject }) => subject.startsWith("Log in to"));

  it("email link: is offered on the login page, logs in, and records how", async () => {
    const ada = app.person();
    expect((await ada.opens("/login")).html).toContain('href="/email-link"');
    expect((await asks("ada@example.com")).status).toBe(303);
    const link = linkIn((await links("ada@example.com"))[0], "/email-link/open");
    expect((await ada.opens(link)).location).toBe("/email-link/open");
    expect((await ada.fillsIn("/email-link/open", {})).location).toBe("/dashboard");
    expect((await ada.opens("/dashboard")).status).toBe(200);
    const sessions = await app.s.db.selectFrom("sessions").select("methods").execute();
    expect(sessions).toEqual([{ methods: "email-link" }]);
    const activity = (await ada.opens("/settings/activity")).text;
    expect(activity).toContain("Email link requested");
  });

  it("email link: a second use returns 410, and logs nobody in", async () => {
    await asks("ada@example.com");
    const link = linkIn((await links("ada@example.com"))[0], "/email-link/open");
    const token = new URL(link, app.url).searchParams.get("token");
    const [first, second] = [app.person(), app.person()];
    expect((await first.sendsJson("/email-link/open", { token, session: "token" })).status).toBe(200);
    const again = await second.sendsJson("/email-link/open", { token, session: "token" });
    expect([again.status, again.json()]).toMatchObject([410, { error: { code: "dead-link" } }]);
  });

  it("email link: an unknown email gets the same response, and no email", async () => {
    const [known, unknown] = [await asks("ada@example.com"), await asks("nobody@example.com")];
    expect([unknown.status, unknown.location]).toEqual([known.status, known.location]);
    expect(await links("nobody@example.com")).toEqual([]);
  });

  it("email link: a locked password does not lock it out", { tags: ["asvs-6.3.1"] }, async () => {
    await app.s.db.updateTable("passwords").set({ locked_at: app.s.now() }).execute();
    expect((await app.person().logsIn()).status).toBe(401);
    await asks("ada@example.com");
    const ada = app.person();
    await ada.opens(linkIn((await links("ada@example.com"))[0], "/email-link/open"));
    expect((await ada.fillsIn("/email-link/open", {})).location).toBe("/dashboard");
  });
});
