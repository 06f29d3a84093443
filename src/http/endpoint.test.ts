// Runs on one engine: sessions are tested on each engine elsewhere.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type TestApp, testApp } from "../../test/person.ts";
import type { Feature } from "../features/feature.ts";
import { features } from "../features/index.ts";
import { answerEndpoint, type Endpoint } from "./endpoint.ts";
import { requireVisitor } from "./request/authenticate.ts";
import { answerJson } from "./response/respond.ts";
import { addHeader } from "./response/security-headers.ts";

const fields = z.object({ name: z.string().min(1, "Enter a name.") });

const machineRoutes: Feature = {
  name: "machines",
  routes: (app) => {
    app.endpoint("/machines/open", {
      method: "POST",
      auth: "none",
      cors: "any",
      fields,
      answer: (c, { name }) => {
        addHeader(c, "set-cookie", "planted=1");
        return answerJson(c, { name, visitor: c.get("visitor")?.user.username ?? null });
      },
    });
    app.endpoint("/machines/own", { method: "GET", auth: "bearer", answer: (c) => answerJson(c, { id: requireVisitor(c).user.username }) });
    app.endpoint("/machines/client", {
      method: "POST",
      auth: { client: async (_, credentials) => credentials?.id === "shop one" && credentials.secret === "a+b%c" },
      answer: (c) => answerJson(c, { ok: true }),
    });
  },
};

describe("endpoint", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ ALLOWED_ORIGINS: "https://spa.example.test" }, { features: [...features, machineRoutes] });
    await app.person().signsUp();
  });
  afterAll(() => app.close());

  it("endpoint: accepts a form and JSON without a CSRF token, ignores cookies and sets none", async () => {
    const ada = app.person();
    await ada.logsIn();
    for (const answer of [await ada.posts("/machines/open", { name: "x" }), await ada.sendsJson("/machines/open", { name: "x" })]) {
      expect([answer.status, answer.json()]).toEqual([200, { name: "x", visitor: null }]);
      expect(answer.setCookies.size).toBe(0);
    }
  });

  it("endpoint: an invalid field returns 422 with its name; other types, compressed and oversized bodies return 415 or 413", async () => {
    const person = app.person();
    const invalid = await person.sendsJson("/machines/open", { name: "" });
    expect([invalid.status, invalid.json()]).toMatchObject([
      422,
      { error: { code: "invalid", fields: { name: "This value is missing or invalid." } } },
    ]);
    expect((await person.sends("POST", "/machines/open", { headers: { "content-type": "text/plain" }, body: "name=x" })).status).toBe(415);
    expect((await person.posts("/machines/open", { name: "x" }, { "content-encoding": "gzip" })).status).toBe(415);
    expect((await person.posts("/machines/open", { name: "x".repeat(70_000) })).status).toBe(413);
  });

  it("endpoint: cors any allows every origin without credentials; without it, no CORS header is sent", async () => {
    for (const origin of ["https://elsewhere.test", "https://spa.example.test"]) {
      const answer = await app.person().sendsJson("/machines/open", { name: "x" }, { origin });
      expect(answer.headers.get("access-control-allow-origin"), origin).toBe("*");
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
      const preflightHeaders = { origin, "access-control-request-method": "POST" };
      const preflight = await app.person().sends("OPTIONS", "/machines/open", { headers: preflightHeaders });
      expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([204, "POST"]);
      expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    }
    const closed = await app.person().opens("/machines/own", { origin: "https://elsewhere.test" });
    expect(closed.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("endpoint: bearer authentication accepts a token and ignores the session cookie (RFC 6750)", async () => {
    const ada = app.person();
    await ada.logsIn();
    const refused = await ada.opens("/machines/own");
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    const { token } = (
      await app.person().sendsJson("/login", { email: "ada@example.com", password: ada.identity.password, session: "token" })
    ).json() as {
      token: string;
    };
    expect((await app.person().opens("/machines/own", { authorization: `Bearer ${token}` })).json()).toEqual({ id: "ada" });
    const invalid = await app.person().opens("/machines/own", { authorization: "Bearer latchkey_x" });
    expect([invalid.status, invalid.headers.get("www-authenticate")]).toEqual([401, 'Bearer error="invalid_token"']);
  });

  it("endpoint: clients authenticate by form-encoded HTTP Basic or by fields (RFC 6749, 2.3.1)", async () => {
    const person = app.person();
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
    expect((await person.posts("/machines/client", {}, basic("shop+one:a%2Bb%25c"))).status).toBe(200);
    expect((await person.posts("/machines/client", { client_id: "shop one", client_secret: "a+b%c" })).status).toBe(200);
    for (const headers of [basic("shop+one:wrong"), basic("shop+one"), basic("%zz:%zz"), {}]) {
      const answer = await person.posts("/machines/client", {}, headers);
      expect([answer.status, answer.json(), answer.headers.get("www-authenticate")]).toEqual([401, { error: "invalid_client" }, "Basic"]);
    }
  });

  it("endpoint: reading cookies with POST, bearer tokens or CORS throws a TypeError", () => {
    const answer = () => new Response();
    const unsafe: Endpoint[] = [
      { method: "POST", auth: "none", cookies: "read", answer },
      { method: "GET", auth: "bearer", cookies: "read", answer },
      { method: "GET", auth: "none", cookies: "read", cors: "any", answer },
    ];
    for (const each of unsafe) expect(() => answerEndpoint(each)).toThrow(TypeError);
  });
});
