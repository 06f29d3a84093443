// Runs on one engine: the database is not involved.
import { createHash } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";
import { passwordProblem } from "./passwords.ts";

const password = "a lighthouse in the fog";
const hash = createHash("sha1").update(password).digest("hex").toUpperCase();

describe("breached passwords", () => {
  let server: Server | undefined;
  /** Ends the wait for the service, whose second a busy machine may take for an answer. */
  let timeLimit: AbortController;
  const limits: number[] = [];
  beforeEach(() => {
    timeLimit = new AbortController();
    limits.length = 0;
    vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
      limits.push(ms);
      return timeLimit.signal;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    server?.close();
  });

  it("breached password: is rejected, and the service receives five digits of its hash", { tags: ["asvs-6.2.12"] }, async () => {
    const asked: string[] = [];
    const problem = await problemWith((request, response) => {
      asked.push(request.url ?? "");
      response.end(`${"0".repeat(35)}:7\r\n${hash.slice(5)}:3\r\n`);
    });
    expect(problem).toBe("breached");
    expect(asked).toEqual([`/range/${hash.slice(0, 5)}`]);
  });

  it("breached password: a password unknown to the service, or listed as padding, is accepted", async () => {
    expect(await problemWith((_, response) => response.end(`${"0".repeat(35)}:7`))).toBeUndefined();
    expect(await problemWith((_, response) => response.end(`${hash.slice(5)}:0`))).toBeUndefined();
  });

  it.each<[string, RequestListener]>([
    ["fails", (_, response) => response.writeHead(500).end(`${hash.slice(5)}:3`)],
    ["redirects", (_, response) => response.writeHead(302, { location: "http://169.254.169.254/" }).end()],
    ["closes the connection", (request) => request.socket.destroy()],
    ["does not answer within a second", () => timeLimit.abort()],
  ])("breached password: is accepted if the service %s", { tags: ["asvs-15.3.2"] }, async (_, listener) => {
    expect(await problemWith(listener)).toBeUndefined();
    expect(limits).toEqual([1_000]);
  });

  it("breached password: invalid sign-ups cause no lookup, and a network causes 30 lookups per hour at most", {
    tags: ["asvs-2.4.1"],
  }, async () => {
    const asked: string[] = [];
    const app = await testAppWith((request, response) => {
      asked.push(request.url ?? "");
      response.end(`${hash.slice(5)}:3`);
    });
    const ada = app.person();
    for (const wrong of [{ username: "x" }, { email: "none" }, { confirm_password: "another one" }]) {
      expect((await ada.signsUp({ password, ...wrong })).status).toBe(422);
    }
    expect(asked).toEqual([]);
    const statuses: number[] = [];
    for (let i = 0; i < 35; i++) statuses.push((await app.person({ username: `ada${i}`, password }).signsUp()).status);
    // Above the limit, nothing is looked up.
    expect([asked.length, statuses.filter((status) => status === 422).length]).toEqual([30, 30]);
    await app.close();
  });

  it("breached password: eight lookups run at once, and further ones are skipped", async () => {
    const held: (() => void)[] = [];
    const app = await testAppWith((_, response) => void held.push(() => response.end("")));
    const answers = Array.from({ length: 40 }, (_, i) => app.s.breachedPasswords.has(`${password} ${i}`));
    while (held.length < 8) await new Promise(setImmediate);
    for (const release of held) release();
    expect(await Promise.all(answers)).toEqual(answers.map(() => false));
    expect(held).toHaveLength(8);
    await app.close();
  });

  it("breached password: nothing is looked up without BREACHED_PASSWORDS_URL", async () => {
    const app = await testApp();
    expect(await passwordProblem(app.s, password, [])).toBeUndefined();
    expect(app.lines).toEqual([]);
    await app.close();
  });

  async function testAppWith(listener: RequestListener): Promise<TestApp> {
    server = createServer(listener);
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return testApp({ BREACHED_PASSWORDS_URL: `http://127.0.0.1:${port}/range/` });
  }

  async function problemWith(listener: RequestListener): Promise<string | undefined> {
    const app = await testAppWith(listener);
    const problem = await passwordProblem(app.s, password, []);
    expect(JSON.stringify(app.lines)).not.toContain("lighthouse");
    await app.close();
    server?.closeAllConnections();
    return problem;
  }
});
