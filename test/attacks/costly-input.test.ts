/** Attack: text that is short enough to be taken and costs seconds to judge. */
// Runs on one engine: what it tests does not touch the database.
import { hash } from "@node-rs/argon2";
import { afterAll, describe, expect, it } from "vitest";
import { testApp } from "../person.ts";
import { formPaths, openForm } from "./forms.ts";

const app = await testApp({ LIMIT_LOGIN_PER_IP: "1000/1h" });
afterAll(() => app.close());

/** As long as a body may be, and of the shapes that make patterns go back and forth, and normal forms sort for long. */
const costly = {
  "digits between letters": `a${"1".repeat(60_000)}a`,
  "spaces between letters": `a${" ".repeat(60_000)}a`,
  "dots between letters": "a.".repeat(30_000),
  "at signs": `a${"@".repeat(60_000)}a`,
  "accents in the wrong order": `a${"\u0301\u0323".repeat(14_000)}`,
  "one word": "a".repeat(60_000),
};

/** Of a processor, whatever else the machine does meanwhile. */
async function costMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

describe("text that is costly to judge", async () => {
  const person = app.person({ username: "costly" });
  const forms = (await Promise.all(formPaths(app).map((path) => openForm(person, path)))).filter((form) => form !== undefined);
  const cases = forms.flatMap(({ path, fields }) => Object.keys(fields).map((field) => ({ path, field, fields })));
  const hashOnce = () => hash("a harbour at dusk", { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  await hashOnce();
  const hashMs = await costMs(hashOnce);

  it.each(cases)(
    "is refused for the cost of some passwords, not of seconds: $field of $path",
    { tags: ["asvs-1.3.12", "asvs-15.1.3"] },
    async ({ path, field, fields }) => {
      await person.sendsJson(path, fields);
      for (const [what, value] of Object.entries(costly)) {
        const body = { ...fields, ...(path === "/login" ? { password: "a guess" } : {}), [field]: value };
        expect(await costMs(() => app.person().sendsJson(path, body)), what).toBeLessThan(60 * hashMs);
      }
    },
  );
});
