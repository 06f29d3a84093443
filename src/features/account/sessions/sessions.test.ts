import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";

const firefox = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
const phone = {
  "user-agent":
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
};

interface Listed {
  readonly id: string;
  readonly device: string;
  readonly isThis: boolean;
}

describe("sessions", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h" });
  });
  afterAll(() => app.close());

  it("sessions: each is listed by its device, the current one first", { tags: ["asvs-7.5.2"] }, async () => {
    const { desk, pocket } = await twoDevices("ada");
    const { text } = await desk.opens("/settings/sessions");
    expect(text).toContain("Firefox on Linux This device IP address: 127.0.0.1 Last active: ");
    expect(text).toContain("Safari on iOS IP address: 127.0.0.1 Last active: ");
    expect(text.indexOf("Firefox")).toBeLessThan(text.indexOf("Safari"));
    expect((await listed(pocket)).map(({ device, isThis }) => [device, isThis])).toEqual([
      ["Safari on iOS", true],
      ["Firefox on Linux", false],
    ]);
  });

  it("sessions: ending one logs its device out immediately", async () => {
    const { desk, pocket } = await twoDevices("bob");
    const other = (await listed(desk)).find(({ isThis }) => !isThis);
    expect((await desk.fillsIn("/settings/sessions", { session: other?.id ?? "" })).location).toBe("/settings/sessions");
    expect((await pocket.opens("/dashboard")).status).toBe(303);
    expect((await desk.opens("/settings/sessions")).text).toContain("Device logged out.");
    expect(await listed(desk)).toHaveLength(1);
  });

  it("sessions: one button ends all others", async () => {
    const { desk, pocket } = await twoDevices("cy");
    const third = app.person({ username: "cy0" });
    await third.logsIn();
    await desk.fillsIn("/settings/sessions", { others: "1" });
    for (const person of [pocket, third]) expect((await person.opens("/dashboard")).status).toBe(303);
    expect((await desk.opens("/dashboard")).status).toBe(200);
  });

  it("sessions: a login over SESSIONS_PER_ACCOUNT ends the idlest", { tags: ["asvs-7.1.2"] }, async () => {
    const few = await testApp({ SESSIONS_PER_ACCOUNT: "3" });
    const devices: Person[] = [];
    await few.person({ username: "eli" }).signsUp();
    for (let i = 0; i < 3; i++) {
      devices.push(few.person({ username: "eli" }));
      await devices[i]?.logsIn();
      few.passes(2 * 60_000);
    }
    // The first was used, so the second is the idlest.
    await devices[0]?.opens("/dashboard");
    await few.waitForLastSeen();
    devices.push(few.person({ username: "eli" }));
    expect((await devices[3]?.logsIn())?.status).toBe(303);
    expect(await Promise.all(devices.map(async (device) => (await device.opens("/dashboard")).status))).toEqual([200, 303, 200, 200]);
    expect((await devices[3]?.opens("/settings/activity"))?.text).toContain("Device logged out");
    await few.close();
  });

  it("sessions: those of other accounts can be neither seen nor ended", { tags: ["asvs-8.2.2"] }, async () => {
    const victim = await app.person({ username: "victim" }).isLoggedIn();
    const [own] = await listed(victim);
    const mallory = await app.person({ username: "mallory" }).isLoggedIn();
    expect((await mallory.opens("/settings/sessions")).html).not.toContain(own?.id);
    expect((await mallory.fillsIn("/settings/sessions", { session: own?.id ?? "" })).status).toBe(422);
    for (const session of ["", "%", "null", "x".repeat(5_000)])
      expect((await mallory.fillsIn("/settings/sessions", { session })).status).toBe(422);
    expect((await victim.opens("/dashboard")).status).toBe(200);
  });

  it("sessions: listing and ending them needs recent authentication", { tags: ["asvs-7.5.1", "asvs-7.5.2"] }, async () => {
    const { desk, pocket } = await twoDevices("stale");
    const ids = await listed(desk);
    app.passes(15 * 60_000 + 1_000);
    expect((await desk.opens("/settings/sessions")).location).toBe("/confirm-password?next=%2Fsettings%2Fsessions");
    const { token } = await desk.opens("/confirm-password");
    const asked = await desk.posts("/settings/sessions", { csrf_token: token, session: ids[1]?.id ?? "" });
    expect(asked.text).toContain("Confirm it's you");
    expect((await pocket.opens("/dashboard")).status).toBe(200);
    const gone = await desk.posts("/settings/sessions", {
      csrf_token: asked.token,
      session: ids[1]?.id ?? "",
      current_password: "a harbour at dusk",
    });
    expect(gone.location).toBe("/settings/sessions");
    expect((await pocket.opens("/dashboard")).status).toBe(303);
  });

  it("sessions: markup in a user agent is not shown", async () => {
    const odd = app.person({ username: "oddity" }, { "user-agent": `<script>alert(1)</script>${"x".repeat(2_000)}` });
    await odd.isLoggedIn();
    const { html, status } = await odd.opens("/settings/sessions");
    expect(status).toBe(200);
    expect(html).not.toContain("<script>alert");
    expect((await odd.opens("/settings/activity")).html).not.toContain("<script>alert");
  });

  async function twoDevices(name: string): Promise<{ desk: Person; pocket: Person }> {
    const username = `${name}0`;
    const desk = await app.person({ username }, firefox).isLoggedIn();
    const pocket = app.person({ username }, phone);
    await pocket.logsIn();
    return { desk, pocket };
  }

  async function listed(person: Person): Promise<Listed[]> {
    const answer = await person.opens("/settings/sessions", { accept: "application/json" });
    return (answer.json() as { sessions: Listed[] }).sessions;
  }
});
