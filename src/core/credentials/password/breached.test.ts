// Runs on one engine: it is about what another service is asked.
import { createHash } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";
import { passwordProblem } from "./passwords.ts";

const password = "a lighthouse in the fog";
const hash = createHash("sha1").update(password).digest("hex").toUpperCase();

describe("a password from stolen data", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  it("is refused when the service has seen it, and the service learns five digits of its hash", { tags: ["asvs-6.2.12"] }, async () => {
    const asked: string[] = [];
    const problem = await problemWith((request, response) => {
      asked.push(request.url ?? "");
      response.end(`${"0".repeat(35)}:7\r\n${hash.slice(5)}:3\r\n`);
    });
    expect(problem).toBe("breached");
    expect(asked).toEqual([`/range/${hash.slice(0, 5)}`]);
  });

  it("is taken when the service has not seen it, or lists it as padding", async () => {
    expect(await problemWith((_, response) => response.end(`${"0".repeat(35)}:7`))).toBeUndefined();
    expect(await problemWith((_, response) => response.end(`${hash.slice(5)}:0`))).toBeUndefined();
  });

  it.each<[string, RequestListener]>([
    ["fails", (_, response) => response.writeHead(500).end(`${hash.slice(5)}:3`)],
    ["sends us elsewhere", (_, response) => response.writeHead(302, { location: "http://169.254.169.254/" }).end()],
    ["hangs up", (request) => request.socket.destroy()],
    ["never answers", () => undefined],
  ])("is taken when the service %s, for a service that is down stops nobody", { tags: ["asvs-15.3.2"] }, async (_, listener) => {
    expect(await problemWith(listener)).toBeUndefined();
  });

  it("is asked about by no sign-up that is refused anyway, and by one network so often in an hour", { tags: ["asvs-2.4.1"] }, async () => {
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
    // Past it nobody is asked, and the limit of new accounts is the next.
    expect([asked.length, statuses.filter((status) => status === 422).length]).toEqual([30, 30]);
    await app.close();
  });

  it("is looked up with few others at once, and those past them with none", async () => {
    const held: (() => void)[] = [];
    const app = await testAppWith((_, response) => void held.push(() => response.end("")));
    const answers = Array.from({ length: 40 }, (_, i) => app.s.breachedPasswords.has(`${password} ${i}`));
    while (held.length < 8) await new Promise(setImmediate);
    for (const release of held) release();
    expect(await Promise.all(answers)).toEqual(answers.map(() => false));
    expect(held).toHaveLength(8);
    await app.close();
  });

  it("is asked about nowhere unless the operator says so", async () => {
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
