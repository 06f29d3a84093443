/** Tests that a provider with a name of its own keeps the safeguards of the preset whose issuer it has. */
import { describe, expect, it } from "vitest";
import { providerApp } from "../../../../test/provider-app.ts";
import { verifiesEmail } from "../../../../test/two-factor.ts";
import { testClient } from "../../../library/test-provider-answers.ts";

describe("providers with a name of their own", () => {
  it.each([
    ["slack", "https://slack.com"],
    ["google", "https://accounts.google.com"],
  ])("a name of its own with the issuer of %s logs nobody in by an email that its preset does not vouch for", async (preset, issuer) => {
    const upper = preset.toUpperCase();
    const app = await providerApp(
      {
        ...{ SIGNUP: "open", PROVIDERS: "team", PROVIDER_TEAM_ISSUER: issuer },
        ...{ PROVIDER_TEAM_CLIENT_ID: testClient.id, PROVIDER_TEAM_SECRET: testClient.secret },
        ...{ [`PROVIDER_${upper}_CLIENT_ID`]: "", [`PROVIDER_${upper}_SECRET`]: "" },
      },
      { peer: { preset } },
    );
    const victim = await app.person({ username: "victim", email: "victim@corp.example" }).isLoggedIn();
    await verifiesEmail(app, victim);
    app.peer.user = { sub: "U1", email: "victim@corp.example", email_verified: true, "https://slack.com/team_id": "TEVIL" };
    app.peer.lies = { idToken: ({ hd: _, ...claims }) => ({ ...claims, email_verified: true }) };
    const attacker = app.person();
    expect((await app.continuesWith(attacker, "", "team")).location).toBe("/signup/provider");
    expect((await attacker.opens("/dashboard")).status).not.toBe(200);
    await app.close();
  });
});
