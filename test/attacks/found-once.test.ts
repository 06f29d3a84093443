/** Holes that were found in this application once, and stay shut. */
import { availableParallelism } from "node:os";
import { afterAll, describe, expect, it } from "vitest";
import { testApp } from "../person.ts";

const app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h" });
afterAll(() => app.close());

describe("whoever asks which accounts there are, with a password that is no text", () => {
  it("learns nothing from the hashes", { tags: ["asvs-6.3.8"] }, async () => {
    await app.person({ username: "ada" }).signsUp();
    const hashesOf = async (email: string) => {
      app.resetRecords();
      expect((await app.person().sendsJson("/login", { email, password: "\ud800" })).status).toBe(401);
      return [...app.hashes];
    };
    expect(await hashesOf("ada@example.com")).toEqual(await hashesOf("nobody@example.com"));
  });
});

describe("an address without an at sign", () => {
  it("makes no account", { tags: ["asvs-2.2.1"] }, async () => {
    for (const [i, email] of ["example.com", "zq7probe.test"].entries()) {
      expect((await app.person({ username: `bare${i}`, email }).signsUp()).status, email).toBe(422);
    }
  });
});

describe("a name that nobody can see", () => {
  it("makes no account, nor a twin of another name", { tags: ["asvs-2.2.1"] }, async () => {
    const unseen = {
      fillers: "\u3164\u3164\u3164",
      jamo: "\u115f\u1160\u115f",
      khmer: "\u1780\u17b4\u17b5",
      halfwidth: "\uffa0\uffa0\uffa0",
    };
    for (const [what, username] of Object.entries(unseen)) {
      expect((await app.person({ username, email: `${what}@example.com` }).signsUp()).status, what).toBe(422);
    }
    expect((await app.person({ username: "김철수", email: "kim@example.com" }).signsUp()).status).toBe(303);
    expect((await app.person({ username: "김철수\u3164", email: "twin@example.com" }).signsUp()).status).toBe(422);
    expect((await app.person({ username: "unseen", email: "\u3164\u3164@example.com" }).signsUp()).status).toBe(422);
  });
});

describe("going on to the login itself, in an escaped spelling", () => {
  it("goes to the dashboard", async () => {
    const ada = await app.person({ username: "looping" }).isLoggedIn();
    for (const next of ["/%6cogin", "/%6cogout", "/%6c%6f%67%69%6e?next=/x"])
      expect((await ada.logsIn({ next })).location, next).toBe("/dashboard");
  });
});

describe("a login that was never checked, for the queue was full", () => {
  it("is no failure: it costs the owner nothing", { tags: ["asvs-6.3.1"] }, async () => {
    const busy = await testApp({ HASH_QUEUE: "1", LIMIT_LOGIN_PER_ACCOUNT: "100000/1h" }, { realHashes: true });
    const ada = busy.person({ username: "ada" });
    await ada.signsUp();
    const body = JSON.stringify(ada.identity);
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    const answers = await Promise.all(
      Array.from({ length: availableParallelism() + 12 }, async () => busy.hono.request("/login", init, {})),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
    const hits = await busy.s.db.selectFrom("rate_limits").select("hits").where("budget", "like", "login-account:%").execute();
    expect(hits).toEqual([{ hits: 0 }]);
    await busy.close();
  });
});

describe("a request that no server of Node's handed over", () => {
  it("is answered as any other", async () => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"email":"a@example.com","password":"x"}' };
    expect((await app.hono.request("/login", init)).status).toBe(401);
  });
});

describe("a box that was not ticked", () => {
  it("is not ticked in the form that is shown again", async () => {
    const { html } = await app.person().fillsIn("/login", { email: "a@example.com", password: "x", remember: "off" });
    expect(html).toContain('name="remember"');
    expect(html).not.toContain(" checked");
  });
});
