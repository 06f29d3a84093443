import { beforeAll, expect, it } from "vitest";
import { createTestLatchkey, type TestLatchkey } from "../../testing.ts";
import { latchkeyNext } from "./next.ts";

let latchkey: TestLatchkey;
beforeAll(async () => {
  latchkey = await createTestLatchkey({ mountPath: "/auth", allowedOrigins: "https://app.example.com" });
  return () => latchkey.close();
});

const origin = "http://localhost:5050";

/** Wraps a request in a proxy object, as Next does. */
function asNextDoes(request: Request): Request {
  return new Proxy(request, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

it("latchkeyNext: OPTIONS answers the preflight request of an allowed origin", async () => {
  const headers = { origin: "https://app.example.com", "access-control-request-method": "POST" };
  const answer = await latchkeyNext(latchkey).OPTIONS(new Request(`${origin}/auth/login`, { method: "OPTIONS", headers }));
  expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([204, "https://app.example.com"]);
});

it("latchkeyNext: responses are uncompressed, because Next removes Content-Encoding", async () => {
  const { GET } = latchkeyNext(latchkey);
  const page = await (await GET(new Request(`${origin}/auth/login`))).text();
  const style = /href="(\/auth\/assets\/style[^"]+)"/.exec(page)?.[1] ?? "";
  const answer = await GET(asNextDoes(new Request(origin + style, { headers: { "accept-encoding": "br, gzip" } })));
  expect([answer.status, answer.headers.get("content-encoding")]).toEqual([200, null]);
});

it("latchkeyNext: the fields of a form arrive through the proxy object of Next", async () => {
  const body = new URLSearchParams({ email: "ada@example.com", password: "x" });
  const answer = await latchkeyNext(latchkey).POST(asNextDoes(new Request(`${origin}/auth/login`, { method: "POST", body })));
  const text = await answer.text();
  expect([answer.status, text.includes('value="ada@example.com"')]).toEqual([403, true]);
});

it("latchkeyNext: a function is called once for the first requests, and again after a failure", async () => {
  let opened = 0;
  const { GET } = latchkeyNext(async () => {
    opened += 1;
    if (opened === 1) throw new Error("no database yet");
    return latchkey;
  });
  const ask = () => GET(new Request(`${origin}/auth/login`));
  expect(opened).toBe(0);
  await expect(ask()).rejects.toThrow("no database yet");
  expect((await Promise.all([ask(), ask()])).map(({ status }) => status)).toEqual([200, 200]);
  expect(opened).toBe(2);
});
