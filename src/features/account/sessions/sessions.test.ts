import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeMmdb } from "../../../../test/mmdb.ts";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { actingAs } from "../../../core/request-info.ts";
import { grantRole } from "../../../core/users/roles.ts";

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
    expect(text).toContain("Firefox on Linux This device 127.0.0.1 Active ");
    expect(text).toContain("Safari on iOS 127.0.0.1 Active ");
    expect(text.indexOf("Firefox")).toBeLessThan(text.indexOf("Safari"));
    expect((await listed(pocket)).map(({ device, isThis }) => [device, isThis])).toEqual([
      ["Safari on iOS", true],
      ["Firefox on Linux", false],
    ]);
  });

  it("sessions: an icon shows the kind of device, and the ages of its times are in words", async () => {
    const { desk } = await twoDevices("iva");
    const program = app.person({ username: "iva0" }, { "user-agent": "curl/8.5.0" });
    await program.logsIn();
    const { html, text } = await desk.opens("/settings/sessions");
    const list = html.slice(html.indexOf('<section class="panel">'));
    const shapes = [...list.matchAll(/<svg class="icon" [^>]*aria-hidden="true"[^>]*>.*?<\/svg>/g)].map(([svg]) => svg);
    expect(shapes).toHaveLength(3);
    expect(new Set(shapes).size).toBe(3);
    expect(text).toContain("Active just now · Logged in just now");
    app.passes(3 * 60_000);
    expect((await desk.opens("/settings/sessions")).text).toContain("Logged in 3 minutes ago");
    expect((await desk.opens("/settings/activity")).text).toMatch(/Logged in \S.*? 3 minutes ago/);
  });

  it("sessions: with GEOIP_FILE, each IP has its place in the reader's language, here, in the activity, for administrators and in notices", async () => {
    const directory = mkdtempSync(join(tmpdir(), "latchkey-places-"));
    const path = join(directory, "city.mmdb");
    writeFileSync(path, writeMmdb());
    const placed = await testApp({ GEOIP_FILE: path, TRUST_PROXY: "127.0.0.1" }, { verified: true });
    await placed.s.places.open();
    const desk = await placed.person({ username: "rosa" }, { ...firefox, "x-forwarded-for": "89.160.20.112" }).isLoggedIn();
    await placed.person({ username: "rosa" }, { ...phone, "x-forwarded-for": "81.2.69.142" }).logsIn();
    await placed.person({ username: "rosa" }, { "user-agent": "curl/8.5.0", "x-forwarded-for": "10.1.2.3" }).logsIn();
    const { text } = await desk.opens("/settings/sessions");
    for (const ip of ["89.160.20.112 (Munich, Germany)", "81.2.69.142 (London, United Kingdom)", "10.1.2.3 Active"])
      expect(text).toContain(`${ip}`);
    const json = { accept: "application/json" };
    const { sessions } = (await desk.opens("/settings/sessions", json)).json() as { sessions: { place: string | null }[] };
    expect(new Set(sessions.map(({ place }) => place))).toEqual(new Set(["London, United Kingdom", "Munich, Germany", null]));
    expect((await desk.opens("/settings/activity")).text).toContain("81.2.69.142 (London, United Kingdom)");
    const { events } = (await desk.opens("/settings/activity", json)).json() as { events: { place: string | null }[] };
    expect(new Set(events.map(({ place }) => place))).toEqual(new Set(["London, United Kingdom", "Munich, Germany", null]));
    const notices = (await placed.emails("rosa@example.com")).map((email) => /IP address: (.*)/.exec(email.text)?.[1]);
    expect(notices).toContain("81.2.69.142 (London, United Kingdom)");
    const { id } = await placed.s.db.selectFrom("users").select("id").executeTakeFirstOrThrow();
    await grantRole(placed.s, id, "admin", actingAs("command line"));
    for (const admin of ["/admin/events", `/admin/user?id=${id}`])
      expect((await desk.opens(admin)).text, admin).toContain("81.2.69.142 (London, United Kingdom)");
    await placed.close();
    rmSync(directory, { recursive: true });
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
