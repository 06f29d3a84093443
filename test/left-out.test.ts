/** Tests that a site speaks of no feature that is left out of its list or turned off, on pages and in errors. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { features } from "../src/features/index.ts";
import { type TestApp, testApp } from "./person.ts";
import { generousLimits, member, readsEverything } from "./said.ts";

interface Site {
  readonly without: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly unsaid: RegExp;
}

const byEmail = /login by email|emailed code|code by email|email me a code|login code|code that we email/i;

const sites: readonly Site[] = [
  { without: ["two-factor", "recover-two-factor"], unsaid: /two-factor|authenticator|recovery code|second (?:step|factor)/i },
  { without: ["passkeys"], unsaid: /passkey/i },
  { without: ["reset-password"], unsaid: /forgot|reset/i },
  { without: ["email-login"], unsaid: byEmail },
  { without: [], settings: { EMAIL_LOGIN: "off" }, unsaid: byEmail },
  { without: ["providers"], unsaid: /linked login|other account|another account|provider/i },
  { without: [], settings: { PROVIDERS: "" }, unsaid: /linked login|other account|another account|provider/i },
];

describe.each(sites)("site without $without, $settings", ({ without, settings, unsaid }) => {
  let app: TestApp;
  beforeAll(async () => {
    const inUse = features.filter(({ name }) => !without.includes(name));
    expect(inUse).toHaveLength(features.length - without.length);
    app = await testApp({ EMAIL_LOGIN: "on", ...settings, ...generousLimits }, { features: inUse });
  });
  afterAll(() => app.close());

  it("features left out: no page or error speaks of them, to a visitor, a user, and one who confirms the identity", async () => {
    const isIn = (text: string) => unsaid.test(text);
    expect(await readsEverything(app, app.person(), isIn)).toEqual([]);
    const ada = await member(app, "ada");
    expect(await readsEverything(app, ada, isIn)).toEqual([]);
    app.passes(16 * 60_000);
    expect(await readsEverything(app, ada, isIn)).toEqual([]);
  });
});
