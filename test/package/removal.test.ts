/** Tests that each optional feature can be removed from the sources. */
import { cpSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { Person } from "../person.ts";
import { ConsumerProject, root } from "./consumer.ts";

const required = ["login", "logout", "settings"];
const optional = globSync("src/features/*/*/", { cwd: root })
  .map((path) => ({ name: basename(path), path: path.replace(/\/$/, "") }))
  .filter(({ name }) => !required.includes(name));

/** The copy uses the packages of the checkout, so the check for them is off. */
const env = { NODE_OPTIONS: "", NO_COLOR: "1", PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}` };

/** Compiles no tests, since those in `test` use all features. */
const sourcesOnly = JSON.stringify({ extends: "./tsconfig.json", include: ["src/**/*.ts"] });

/** Builds no program and creates no database: no rule of the architecture needs them. */
const vitestConfig = `
import { asvsTags } from "./tools/asvs-requirements.ts";
export default { cacheDir: ".vite", test: { tags: asvsTags, include: ["test/house.test.ts"], pool: "forks", testTimeout: 240_000 } };
`;

it.concurrent.for(optional)(
  "optional features: without $name, types check, the architecture holds and the program starts",
  async ({ name, path }, test) => {
    const project = new ConsumerProject(`without-${name}`, test);
    copyWithout(path, project.folder);
    await project.runs("tsc", ["--singleThreaded", "-p", project.writes("tsconfig.src.json", sourcesOnly)], env);
    project.writes("vitest.config.ts", vitestConfig);
    const report = await project.runs("vitest", ["run", "--testNamePattern", "architecture:"], env);
    test.expect(report).toMatch(/Tests +\d{2} passed/);
    await servesWithout(name, project);
  },
);

async function servesWithout(name: string, project: ConsumerProject): Promise<void> {
  const url = await project.starts("node", ["bin/latchkey.js"], { ...env, LOG_LEVEL: "warn" });
  const ada = new Person(url, { username: "ada" }, {});
  expect((await ada.opens("/login")).status).toBe(200);
  if (name === "signup") return;
  await ada.isLoggedIn();
  expect((await ada.opens("/settings")).status).toBe(200);
}

/** Copies the sources without the feature's folder and its line in the list. */
function copyWithout(removed: string, folder: string): void {
  const isCopied = (path: string) => !/\/src\/.*\.test\.ts$/.test(path);
  for (const path of ["src", "bin", "test", "tools", "package.json", "tsconfig.json", ".dependency-cruiser.json"])
    cpSync(join(root, path), join(folder, path), { recursive: true, filter: isCopied });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  rmSync(join(folder, removed), { recursive: true });
  const list = join(folder, "src/features/index.ts");
  const lines = readFileSync(list, "utf8").split("\n");
  const imported = lines.find((line) => line.includes(`"./${removed.replace("src/features/", "")}/`));
  const name = /\{ (\w+) \}/.exec(imported ?? "")?.[1];
  expect(name, removed).toBeDefined();
  writeFileSync(list, lines.filter((line) => line !== imported && line !== `  ${name},`).join("\n"));
}
