/** Attack: one account or network fills the hash queue. */
// Runs on one engine: the queue is in the memory of the process.
import { afterAll, describe, expect, it } from "vitest";
import { linkIn, type Person, testApp } from "../../../../test/person.ts";
import { hashPassword } from "./passwords.ts";

const asJson = { "content-type": "application/json" };

describe("sixty known devices of one account with ten concurrent logins each", async () => {
  const app = await testApp({ SESSIONS_PER_ACCOUNT: "1000", LIMIT_LOGIN_PER_ACCOUNT: "100/1m" });
  afterAll(() => app.close());

  it("hash queue: another user's login is among the next four hashes, and the flood gets the 503", { tags: ["asvs-2.4.1"] }, async () => {
    const eve = app.person({ username: "eve" });
    await eve.signsUp();
    const devices = Array.from({ length: 60 }, () => app.person({ username: "eve" }));
    await Promise.all(devices.map((device) => device.sendsJson("/login", device.identity)));
    // A known device needs no session.
    for (const device of devices) device.cookies.delete("latchkey_session");
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    // A cost of its own, so that the hash of this login can be found among the others.
    const scheme = "argon2id:72:1:1";
    const passwordHash = await hashPassword(
      { ...app.s, hashCost: { memoryCost: 72, timeCost: 1, parallelism: 1 } },
      ada.identity.password,
      {},
    );
    await app.s.db.updateTable("passwords").set({ hash: passwordHash }).execute();

    const gate = Promise.withResolvers<void>();
    const inside = Array.from({ length: app.s.hasher.slots }, () => app.s.hasher.run("busy", {}, () => gate.promise));
    const login = ({ identity: { email, password } }: Person, cookie = "") =>
      app.hono.request("/login", { method: "POST", headers: { ...asJson, cookie }, body: JSON.stringify({ email, password }) }, {});
    let refused = 0;
    const flood = devices.flatMap((device) =>
      Array.from({ length: 10 }, async () => {
        const { status } = await login(device, device.cookieHeader());
        if (status === 503) refused++;
        return status;
      }),
    );
    await expect.poll(() => refused + app.s.hasher.waiting(), { timeout: 60_000 }).toBe(600);
    const inLine = app.s.hasher.waiting();
    const adas = login(ada);
    await expect.poll(() => app.s.hasher.waiting(), { timeout: 60_000 }).toBe(inLine + 1);
    app.resetRecords();
    gate.resolve();
    expect((await adas).status).toBe(200);
    expect(app.hashes.indexOf(scheme)).toBeGreaterThanOrEqual(0);
    expect(app.hashes.indexOf(scheme)).toBeLessThanOrEqual(4);
    await Promise.all(inside);
    expect(new Set(await Promise.all(flood))).toEqual(new Set([200, 503]));
  });
});

describe("requester of a hash", async () => {
  const app = await testApp();
  afterAll(() => app.close());

  it("hash requester: every form passes the account and the network", { tags: ["asvs-2.4.1"] }, async () => {
    const { hasher } = app.s;
    const asked: { account?: string; device?: string | undefined; network?: string | undefined }[] = [];
    const run = hasher.run;
    Object.assign(hasher, {
      run: (...[scheme, requester, hash]: Parameters<typeof run>) => {
        asked.push(requester);
        return run(scheme, requester, hash);
      },
    });
    const take = () => asked.splice(0).map(({ account, device, network }) => [account?.split(" ")[0], device !== undefined, network]);
    const [stranger, known] = [
      ["login", false, "127.0.0.1"],
      ["known", true, "127.0.0.1"],
    ];

    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    expect(take()).toEqual([["signup", false, "127.0.0.1"]]);
    await ada.logsIn();
    await app.person({ username: "ada" }).logsIn({ password: "a wrong one" });
    await app.person({ username: "nobody" }).logsIn();
    expect(take()).toEqual([stranger, stranger, stranger]);

    const password = "nine grey herons";
    await ada.fillsIn("/settings/change-password", { current_password: ada.identity.password, password, confirm_password: password });
    expect(take()).toEqual([known, ["change", false, "127.0.0.1"]]);
    await ada.fillsIn("/confirm-password", { current_password: password });
    expect(take()).toEqual([known]);

    await ada.fillsIn("/reset-password", { email: ada.identity.email });
    await ada.opens(linkIn((await app.emails(ada.identity.email))[0], "/reset-password/choose"));
    const again = "ten grey herons";
    expect((await ada.fillsIn("/reset-password/choose", { password: again, confirm_password: again })).status).toBe(303);
    expect(take()).toEqual([["reset", false, "127.0.0.1"]]);

    await app.person({ username: "bob" }).signsUp();
    take();
    const bobs = (await app.emails("bob@example.com"))[0];
    const elsewhere = app.person({ username: "bob" });
    await elsewhere.opens(linkIn(bobs, "/verify-email/confirm"));
    await elsewhere.fillsIn("/verify-email/confirm", { password: elsewhere.identity.password });
    expect(take()).toEqual([stranger]);
  });
});
