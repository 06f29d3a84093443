/** Simulates a provider of "Continue with …" in tests; it can lie. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { presets } from "../config/providers/presets.data.ts";
import { systemClock } from "../core/clock.ts";
import { answer, responseToApp, type State, signLogout, testClient, withFields } from "./test-provider-answers.ts";
import { newTestKey, writeAppleKey } from "./test-provider-keys.ts";
import type { TestProvider, TestProviderOptions } from "./test-provider-types.ts";

/** Starts a provider with a user `ada@example.com`, whose email it vouches for. */
export async function createTestProvider(options: TestProviderOptions = {}): Promise<TestProvider> {
  const { preset: name = "oidc", algorithm = "ES256", claimsIn = "id-token", now = systemClock } = options;
  const preset = presets[name];
  if (!preset && name !== "oidc") throw new TypeError(`There is no preset ${name}.`);
  const server = (options.listens ?? !preset) ? await listen() : undefined;
  const appleKey = name === "apple" ? writeAppleKey() : undefined;
  const issuer = preset?.issuer ?? (server ? `http://localhost:${(server.address() as AddressInfo).port}` : "https://login.example.com");
  const state: State = {
    protocol: preset?.protocol ?? { vouches: "claim" },
    preset: name,
    issuer,
    claimsIn,
    now,
    key: newTestKey(algorithm, "key-1"),
    codes: new Map(),
    accessTokens: new Map(),
    requests: [],
  };
  const provider: TestProvider = {
    issuer,
    options: { clientId: testClient.id, ...(appleKey ?? { secret: testClient.secret }), ...(preset ? {} : { issuer }) },
    fetch: (input, init) => answer(state, provider, new Request(input, init)),
    user: { sub: "1001", email: "ada@example.com", email_verified: true, name: "Ada Lovelace", preferred_username: "ada" },
    sid: randomUUID(),
    lies: {},
    requests: state.requests,
    authorize: async (url) => {
      state.requests.push("authorize");
      const { target, fields, isPost } = responseToApp(state, provider, url);
      if (target === "") throw new Error("The authorization request is of another client.");
      return isPost ? { url: target, body: new URLSearchParams(fields) } : { url: withFields(target, fields) };
    },
    rotateKey: () => {
      state.key = newTestKey(algorithm, `key-${randomUUID()}`);
    },
    logoutToken: (claims = {}, header = {}) => signLogout(state, provider, { claims, header }),
    close: async () => {
      if (appleKey) rmSync(dirname(appleKey.keyFile), { recursive: true, force: true });
      await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    },
  };
  server?.on("request", async (incoming, outgoing) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
    const { method = "GET", headers } = incoming;
    const body = method === "POST" ? new Uint8Array(Buffer.concat(chunks)) : null;
    const response = await answer(
      state,
      provider,
      new Request(issuer + incoming.url, { method, headers: headers as Record<string, string>, body }),
    );
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(new Uint8Array(await response.arrayBuffer()));
  });
  return provider;
}

async function listen(): Promise<Server> {
  const server = createServer().unref();
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return server;
}
