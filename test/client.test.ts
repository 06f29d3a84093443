/** The client before an answer that is not Latchkey's: it takes nothing for success but what it asked for. */
// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { type Client, ClientError, createClient } from "../src/client.ts";

const operations: Record<string, (client: Client) => Promise<unknown>> = {
  currentUser: (client) => client.currentUser(),
  signUp: (client) => client.signUp({ username: "ada", email: "ada@example.com", password: "a harbour at dusk" }),
  logIn: (client) => client.logIn({ email: "ada@example.com", password: "a harbour at dusk" }),
  logOut: (client) => client.logOut(),
  confirmPassword: (client) => client.confirmPassword("a harbour at dusk"),
  askForReset: (client) => client.askForReset("ada@example.com"),
  resetPassword: (client) => client.resetPassword({ token: "x", password: "a harbour at dusk" }),
  verifyEmail: (client) => client.verifyEmail("x"),
  changePassword: (client) => client.changePassword({ currentPassword: "x", password: "a harbour at dusk" }),
  changeUsername: (client) => client.changeUsername("ada"),
  changeDisplayName: (client) => client.changeDisplayName("Ada"),
  changeEmail: (client) => client.changeEmail("ada@example.com"),
  confirmNewEmail: (client) => client.confirmNewEmail("123456"),
  sessions: (client) => client.sessions(),
  endSession: (client) => client.endSession("x"),
  endOtherSessions: (client) => client.endOtherSessions(),
  events: (client) => client.events(),
  deleteAccount: (client) => client.deleteAccount("ada"),
  accessToken: (client) => client.accessToken("https://api.example.com"),
};

const json = { "content-type": "application/json" };
const foreign: Record<string, () => Response> = {
  "a page of an app that answers every path": () =>
    new Response("<!DOCTYPE html><title>App</title>", { headers: { "content-type": "text/html" } }),
  "a page that says it is JSON": () => new Response("<!DOCTYPE html><title>App</title>", { headers: json }),
  "JSON without a type": () => new Response('{"user":{"id":"1"},"csrfToken":"x"}', { headers: { "content-type": "text/plain" } }),
  "JSON of another program": () => new Response('{"ok":true,"csrfToken":"x"}', { headers: json }),
  "a list": () => new Response("[]", { headers: json }),
  nothing: () => new Response(null, { status: 204 }),
};

describe("the client", () => {
  it.each(Object.keys(foreign))("takes for an error: %s", async (kind) => {
    const all = createClient({ fetch: async () => foreign[kind]?.() ?? Response.error() });
    expect(Object.keys(operations)).toEqual(Object.keys(all).filter((name) => name !== "token"));
    for (const useToken of [true, false]) {
      const client = createClient({
        baseUrl: "https://app.example.test",
        useToken,
        fetch: async () => foreign[kind]?.() ?? Response.error(),
      });
      for (const [name, operate] of Object.entries(operations)) {
        const error = await operate(client).catch((thrown: unknown) => thrown);
        expect(error, name).toBeInstanceOf(ClientError);
        expect(error, name).toMatchObject({ code: "unexpected-answer" });
      }
    }
  });

  it("keeps the codes and the waiting time of an error whose body is no JSON", async () => {
    const client = createClient({
      useToken: true,
      fetch: async () => new Response("busy", { status: 503, headers: { "retry-after": "5" } }),
    });
    await expect(client.currentUser()).rejects.toMatchObject({ status: 503, code: "unknown", retryAfterSeconds: 5 });
  });
});
