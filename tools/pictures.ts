/** Takes pictures of every page, state and email; with --readme, those of the README. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { indexPage } from "./pictures/index-page.ts";
import { seedRandom } from "./pictures/seeded-random.ts";
import type { Taken } from "./pictures/take-pictures.ts";

const root = resolve(import.meta.dirname, "..");
const folder = join(root, "pictures");
const [task, language = "en"] = process.argv.slice(2);

if (task === "--language") await take(language);
else if (task === "--readme") await takeForReadme();
else await takeAll();

/** Each language in a process of its own, which has its own sequence of random bytes. */
async function takeAll(): Promise<void> {
  const { pictureLanguages } = await import("./pictures/take-pictures.ts");
  rmSync(folder, { recursive: true, force: true });
  const taken = await Promise.all(
    pictureLanguages.map(async (each): Promise<Taken> => {
      mkdirSync(join(folder, each), { recursive: true });
      const child = fork(import.meta.filename, ["--language", each]);
      const [result] = await Promise.race([once(child, "message"), once(child, "exit").then(() => [undefined])]);
      return (result as Taken | undefined) ?? { pictures: [], faults: [`${each}: the pictures could not be taken`] };
    }),
  );
  const pictures = taken.flatMap((each) => each.pictures);
  const faults = taken.flatMap((each) => each.faults);
  writeFileSync(join(folder, "index.html"), indexPage(pictures));
  for (const fault of faults) console.error(fault);
  console.error(`${pictures.length} pictures: ${join(folder, "index.html")}`);
  if (faults.length > 0) process.exitCode = 1;
}

async function take(each: string): Promise<void> {
  seedRandom(each);
  // Imported after seeding, because modules may keep random bytes.
  const { takePictures } = await import("./pictures/take-pictures.ts");
  process.send?.(await takePictures(each, folder));
  process.disconnect();
}

async function takeForReadme(): Promise<void> {
  seedRandom("readme");
  const { takeReadmePictures } = await import("./pictures/readme-pictures.ts");
  await takeReadmePictures(join(root, "docs/images"));
}
