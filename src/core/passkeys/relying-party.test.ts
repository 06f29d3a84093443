import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../test/database.ts";
import { addsPasskey, passkeyDevice } from "../../../test/passkeys.ts";
import { secretKey, testApp } from "../../../test/person.ts";
import { readSettings } from "../../config/load.ts";
import { checkDatabase } from "../../doctor/check-database.ts";
import { features } from "../../features/index.ts";
import { openServing } from "../../features/open-instance.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await makeDatabase({ isMigrated: true });
  const app = await testApp({ DATABASE_URL: database.url, SIGNUP: "open" }, { verified: true });
  await addsPasskey(await app.person().isLoggedIn(), passkeyDevice());
  expect(await app.s.db.selectFrom("site_facts").select(["name", "value"]).execute()).toEqual([
    { name: "passkey-rp-id", value: "localhost" },
  ]);
  await app.close();
});
afterEach(() => database.remove());

const settingsWith = (env: Record<string, string>) =>
  readSettings({ DATABASE_URL: database.url, SECRET_KEY: secretKey, NODE_ENV: "test", LOG_LEVEL: "silent", ...env });
const starts = async (env: Record<string, string>) => (await openServing(settingsWith(env), features)).close();
const moved = { BASE_URL: "https://accounts.example.com", SMTP_URL: "smtp://127.0.0.1:1" };
const findings = async (env: Record<string, string>) =>
  (await checkDatabase(settingsWith(env), Date.now)).map(({ level, setting, problem }) => `${level} ${setting}: ${problem}`);

describe("RP ID", () => {
  it("RP ID: a changed host is refused at the start, with the remedy, while it has passkeys", async () => {
    await starts({});
    await expect(starts(moved)).rejects.toThrow(
      "BASE_URL has the host accounts.example.com, but passkeys of this site were created for localhost and work there only. Set PASSKEY_RP_ID=localhost to keep them",
    );
    expect(await findings(moved)).toEqual([
      "error BASE_URL: Passkeys of this site were created for localhost, and not for accounts.example.com.",
    ]);
  });

  it("RP ID: an explicit one is a decision, and passes", async () => {
    await starts({ ...moved, PASSKEY_RP_ID: "localhost" });
    expect(await findings({ ...moved, PASSKEY_RP_ID: "localhost" })).toEqual([]);
    await starts({ ...moved, PASSKEY_RP_ID: "accounts.example.com" });
    expect(await findings({ ...moved, PASSKEY_RP_ID: "accounts.example.com" })).toEqual([
      "warning PASSKEY_RP_ID: Passkeys of this site were created for localhost, and not for accounts.example.com.",
    ]);
  });

  it("RP ID: a changed host is no matter without passkeys, and with PASSKEYS=off", async () => {
    await starts({ ...moved, PASSKEYS: "off" });
    const app = await testApp({ DATABASE_URL: database.url });
    await app.s.db.deleteFrom("passkeys").execute();
    await app.close();
    await starts(moved);
    expect(await findings(moved)).toEqual([]);
  });
});
