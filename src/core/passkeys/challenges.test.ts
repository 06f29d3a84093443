import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { type Ceremony, ceremonyMs, issueChallenge, readChallenge } from "./challenges.ts";

let app: TestApp;
beforeAll(async () => {
  app = await testApp();
});
afterAll(() => app.close());

const ceremony: Ceremony = { purpose: "two-factor", browser: "a browser", userId: "ada" };

describe("passkey challenge", () => {
  it.each<[string, Partial<Ceremony>]>([
    ["purpose", { purpose: "reauthentication" }],
    ["user", { userId: "eve" }],
    ["user, who is not known", { userId: undefined }],
    ["browser", { browser: "another browser" }],
    ["browser, which has no secret", { browser: "" }],
  ])("passkey challenge: is refused for another %s", { tags: ["asvs-6.6.2"] }, (_, other) => {
    const text = issueChallenge(app.s, ceremony);
    expect(readChallenge(app.s, text, ceremony)?.text).toBe(text);
    expect(readChallenge(app.s, text, { ...ceremony, ...other })).toBeUndefined();
  });

  it("passkey challenge: is refused after five minutes", { tags: ["asvs-6.5.5"] }, async () => {
    const text = issueChallenge(app.s, ceremony);
    app.passes(ceremonyMs);
    expect(readChallenge(app.s, text, ceremony)).toBeUndefined();
  });
});
