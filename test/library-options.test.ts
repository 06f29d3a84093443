/** Tests that misspelt and invalid options of the library are rejected by name. */
// Runs on one engine: all databases are in memory.
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { features } from "../src/features/index.ts";
import { createLatchkey, html, type LatchkeyError, type LatchkeyOptions } from "../src/index.ts";
import { createTestLatchkey } from "../src/testing.ts";
import { secretKey } from "./person.ts";

const page = () => html`<h1>Page</h1>`;
const email = () => ({ subject: "Email", text: "Email", html: "Email" });
const base = { databaseUrl: "sqlite::memory:", secretKey, nodeEnv: "test" } as const;

/** Returns the error of `createLatchkey`; the message is "opened" if there is none. */
async function optionError(options: object): Promise<{ code?: string; option?: string | undefined; message: string }> {
  return createLatchkey({ ...base, ...options }).then(
    (latchkey) => latchkey.close().then(() => ({ message: "opened" })),
    ({ name, code, option, message }: LatchkeyError) => ({ code: `${name} ${code}`, option, message }),
  );
}

describe("library options", () => {
  it.each<[object, string, RegExp]>([
    [{ theme: { colour: "x" } }, "theme", /"colour"\. Did you mean colors\?/],
    [{ theme: { accent: "#7a1f5c" } }, "theme", /colors: \{ accent/],
    [{ theme: { colors: { acent: "#7a1f5c" } } }, "theme", /theme\.colors: .*"acent"\. Did you mean accent\?/],
    [{ theme: { preset: "inc" } }, "theme", /theme\.preset must be default, ink or clay\.$/],
    [{ theme: { density: "dense" } }, "theme", /theme\.density must be comfortable or compact\.$/],
    [
      { providers: { github: { clientId: "id" } } },
      "providers",
      /^providers\.github\.secret must be set: the client secret that GitHub shows/,
    ],
    [
      { providers: { githb: { clientId: "id" } } },
      "providers",
      /^providers includes githb, .* Did you mean github\? Else set providers\.githb\.issuer /,
    ],
    [{ providers: { github: { clientID: "id" } } }, "providers", /^providers\.github: unknown name "clientID"\. Did you mean clientId\?$/],
    [{ providers: { github: "id" } }, "providers", /"github" must be an object such as \{ clientId, secret \}/],
    [
      { providers: { work: { clientId: "id", issuer: "https://example.com", roles: [1] } } },
      "providers",
      /^providers\.work\.roles must be a string/,
    ],
    [{ features: { dashbord: true } }, "features", /"dashbord"\. Did you mean dashboard\?/],
    [{ emails: { nope: email } }, "emails", /"nope"\. Known names: signup-tried, /],
    [{ emails: { "password-rset": email } }, "emails", /Did you mean password-reset\?/],
    [{ pages: { nope: page } }, "pages", /no page at "nope"\.$/],
    [{ pages: { "/logn": page } }, "pages", /"\/logn"\. Did you mean \/login\?/],
    [{ pages: { "/login/": page } }, "pages", /Did you mean \/login\?/],
    [{ mountPath: "/auth", pages: { "/auth/settings": page } }, "pages", /Did you mean \/settings\?/],
    [{ pages: { "/dashboard": page } }, "pages", /feature dashboard is disabled/],
    [{ features: { "delete-account": false }, pages: { "/settings/delete": page } }, "pages", /feature delete-account is disabled/],
    [{ ownFeatures: [{ name: "x", form: [] }] }, "ownFeatures", /"form"\. Did you mean forms\?/],
    [{ ownFeatures: [{ name: "x", pages: [{ path: "/x", isPublc: true, show: page }] }] }, "ownFeatures", /Did you mean isPublic\?/],
    [
      { ownFeatures: [{ name: "x", forms: [{ path: "/x", fields: [], recentauth: true, show: page, submit: page }] }] },
      "ownFeatures",
      /Did you mean recentAuth\?/,
    ],
    [{ ownFeatures: [{ name: "No name" }] }, "ownFeatures", /lowercase/],
    [{ languages: "fr" }, "languages", /languages includes fr, but there are only en, de and ar\./],
    [{ languages: ["fr"], translations: { fr: { "login.titel": "x" } } }, "translations", /Did you mean login\.title\?/],
    [{ singup: "open" }, "singup", /Did you mean signup\?/],
  ])("library options: %j is rejected by its name", async (options, option, message) => {
    expect(await optionError(options)).toEqual({ code: "LatchkeyError invalid", option, message: expect.stringMatching(message) });
  });

  it.each<[object, string]>([
    [{ pages: { "/login": 1 } }, "pages"],
    [{ pages: [] }, "pages"],
    [{ pages: "x" }, "pages"],
    [{ emails: { deleted: "x" } }, "emails"],
    [{ emails: null }, "emails"],
    [{ theme: null }, "theme"],
    [{ theme: "#7a1f5c" }, "theme"],
    [{ theme: { radius: 4 } }, "theme"],
    [{ theme: { preset: 1 } }, "theme"],
    [{ theme: { logo: { light: "/logo.svg" } } }, "theme"],
    [{ theme: { colors: "#7a1f5c" } }, "theme"],
    [{ theme: { colors: { accent: 7 } } }, "theme"],
    [{ theme: { colors: { accent: { light: "#7a1f5c" } } } }, "theme"],
    [{ features: { "delete-account": "no" } }, "features"],
    [{ features: ["delete-account"] }, "features"],
    [{ extraUserFields: { company: "text" } }, "extraUserFields"],
    [{ ownFeatures: {} }, "ownFeatures"],
    [{ ownFeatures: [{}] }, "ownFeatures"],
    [{ ownFeatures: [{ name: "x", pages: [{ path: "/x" }] }] }, "ownFeatures"],
    [{ ownFeatures: [{ name: "x", forms: [{ path: "/x", show: page, submit: page }] }] }, "ownFeatures"],
    [{ translations: { fr: "login.title" } }, "translations"],
    [{ log: {} }, "log"],
    [{ log: null }, "log"],
  ])("library options: %j has the wrong type", async (options, option) => {
    expect(await optionError(options)).toMatchObject({ code: "LatchkeyError invalid", option });
  });

  it("library options: a missing geoipFile is rejected by its name", async () => {
    const message = "geoipFile must be a MaxMind DB file (.mmdb): none.mmdb does not exist.";
    expect(await optionError({ geoipFile: "none.mmdb" })).toEqual({ code: "LatchkeyError invalid", option: "geoipFile", message });
  });

  it("library options: anything but an object is rejected", async () => {
    for (const options of [null, "x", 1, true, [], () => ({})]) {
      const wrong = { name: "LatchkeyError", code: "invalid", message: expect.stringMatching(/^The options must be an object, /) };
      await expect(createLatchkey(options as LatchkeyOptions)).rejects.toMatchObject(wrong);
      await expect(createTestLatchkey(options as LatchkeyOptions)).rejects.toMatchObject(wrong);
    }
  });

  it("library options: undefined options and pages of features closed by settings are accepted", async () => {
    const conditionalPaths = [
      "/signup",
      "/reset-password",
      "/report-compromise",
      "/dev/mailbox",
      "/token",
      "/settings/change-email/confirm",
      "/settings/logins",
      "/login/link",
      "/hello",
    ];
    const options: LatchkeyOptions = {
      features: { dashboard: true, "delete-account": undefined as unknown as boolean },
      ownFeatures: [{ name: "hello", pages: [{ path: "/hello", show: () => ({ title: "Hello", body: page() }) }] }],
      emails: { "account-deleted": email },
      theme: { colors: { accent: { light: "#7a1f5c", dark: "#f0b8dd" } }, font: undefined },
      extraUserFields: z.object({ company: z.string() }),
      log: console,
      pages: Object.fromEntries([...conditionalPaths, "/dashboard"].map((path) => [path, page])),
    };
    const closed = { nodeEnv: "production", baseUrl: "https://app.example.test", signup: "closed" } as const;
    for (const each of [options, { ...options, ...closed, log: undefined }]) expect(await optionError(each)).toEqual({ message: "opened" });
  });

  it("library options: each feature with conditional routes is known", () => {
    const known = new Set([
      "signup",
      "verify-email",
      "reset-password",
      "report-compromise",
      "change-email",
      "change-password",
      "email-login",
      "providers",
      "access-token",
      "language",
      "forward-auth",
      "mailbox",
      "theme-preview",
    ]);
    const conditional = features.filter(({ routes }) => /=>\s*\{[^{]*?\bif \(/.test(String(routes).split("app.")[0] ?? ""));
    expect(new Set(conditional.map(({ name }) => name))).toEqual(known);
  });
});
