/** Tests what the page of a user says about the ways to log in. */
import { expect, it } from "vitest";
import { providerApp } from "../../../../test/provider-app.ts";
import { verifiesEmail } from "../../../../test/two-factor.ts";
import { actingAs } from "../../../core/request-info.ts";
import { grantRole } from "../../../core/users/roles.ts";
import { findUserByName } from "../../../core/users/users.ts";

it.each([
  ["on", true],
  ["off", false],
])("users: with TRUST_AMR=%s, the page says of a linked login that it is confirmed, or that it is not: %s", async (trustAmr, isSaid) => {
  const app = await providerApp({ SIGNUP: "open", PROVIDER_WORK_TRUST_AMR: trustAmr });
  try {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    await verifiesEmail(app, ada);
    const { id = "" } = (await findUserByName(app.s, "ada")) ?? {};
    await grantRole(app.s, id, "admin", actingAs("test"));
    app.peer.user = { sub: "ada", email: "ada@work.example", email_verified: true };
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    const text = async () => (await ada.opens(`/admin/user?id=${id}`)).text;
    expect((await text()).includes("Confirmed by the user")).toBe(isSaid);
    await app.s.db.updateTable("identities").set({ confirmed_at: null }).execute();
    expect((await text()).includes("Not confirmed by the user")).toBe(isSaid);
    expect(await text()).not.toContain("Code by email");
  } finally {
    await app.close();
  }
});

it("users: with EMAIL_LOGIN=on, the page lists the login by email, and says why it is off", async () => {
  const app = await providerApp({ SIGNUP: "open", EMAIL_LOGIN: "on" });
  try {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    const { id = "" } = (await findUserByName(app.s, "ada")) ?? {};
    await grantRole(app.s, id, "admin", actingAs("test"));
    const page = () => ada.opens(`/admin/user?id=${id}`);
    expect((await page()).text).toContain("Code by email Off until the email is verified");
    await verifiesEmail(app, ada);
    expect((await page()).text).toContain("Code by email On");
    expect((await ada.opens(`/admin/user?id=${id}`, { accept: "application/json" })).json()).toMatchObject({ emailLogin: "on" });
    await app.s.db.insertInto("email_login_choices").values({ user_id: id, is_off: 1, changed_at: 1 }).execute();
    expect((await page()).text).toContain("Code by email Turned off by the user");
  } finally {
    await app.close();
  }
});
