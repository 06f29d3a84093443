/** Attack: input that takes seconds of CPU time to validate (ReDoS). */
// Runs on one engine: validation does not access the database.
import { hash } from "@node-rs/argon2";
import { afterAll, describe, expect, it } from "vitest";
import { testApp } from "../person.ts";
import { formPaths, openForm } from "./forms.ts";

const app = await testApp({ LIMIT_LOGIN_PER_IP: "1000/1h" });
afterAll(() => app.close());

/** Texts as long as a body may be, which are slow for regular expressions or Unicode normalization. */
const costlyTexts = {
  "digits between letters": `a${"1".repeat(60_000)}a`,
  "spaces between letters": `a${" ".repeat(60_000)}a`,
  "dots between letters": "a.".repeat(30_000),
  "at signs": `a${"@".repeat(60_000)}a`,
  "accents in the wrong order": `a${"\u0301\u0323".repeat(14_000)}`,
  "one word": "a".repeat(60_000),
};

/** CPU time of this process, independent of other load. */
async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

describe("costly input", async () => {
  const person = app.person({ username: "costly" });
  const forms = (await Promise.all(formPaths(app).map((path) => openForm(person, path)))).filter((form) => form !== undefined);
  const cases = forms.flatMap(({ path, fields }) => Object.keys(fields).map((field) => ({ path, field, fields })));
  const hashOnce = () => hash("a harbour at dusk", { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  await hashOnce();
  const hashMs = await cpuMs(hashOnce);

  it.each(cases)(
    "costly input: answered within the CPU time of 60 password hashes: $field of $path",
    { tags: ["asvs-1.3.12", "asvs-15.1.3"] },
    async ({ path, field, fields }) => {
      await person.sendsJson(path, fields);
      for (const [what, value] of Object.entries(costlyTexts)) {
        const body = { ...fields, ...(path === "/login" ? { password: "a guess" } : {}), [field]: value };
        expect(await cpuMs(() => app.person().sendsJson(path, body)), what).toBeLessThan(60 * hashMs);
      }
    },
  );
});
