/** Tests that each optional feature can be removed from the sources. */
import { execFileSync } from "node:child_process";
import { cpSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Person } from "../person.ts";
import { ConsumerProject, root } from "./consumer.ts";

const required = ["login", "logout", "settings"];
const optional = globSync("src/features/*/*/", { cwd: root })
  .map((path) => path.replace(/\/$/, ""))
  .filter((folder) => !required.includes(nameOf(folder)));

// One compilation suffices, since no file outside of a feature imports from it.
it("optional features: the sources compile without all of them", (test) => {
  const { folder } = new ConsumerProject("without-optional", test);
  copyWithout(optional, folder);
  writeFileSync(join(folder, "tsconfig.src.json"), JSON.stringify({ extends: "./tsconfig.json", include: ["src/**/*.ts"] }));
  execFileSync(join(root, "node_modules/.bin/tsc"), ["--singleThreaded", "-p", "tsconfig.src.json"], { cwd: folder, stdio: "inherit" });
});

for (const feature of optional)
  it(`optional features: the program serves without ${nameOf(feature)}`, async (test) => {
    const project = new ConsumerProject(`without-${nameOf(feature)}`, test);
    copyWithout([feature], project.folder);
    // The copy uses the packages of the checkout, so the check for them is off.
    const url = await project.starts("node", ["bin/latchkey.js"], { NODE_OPTIONS: "", LOG_LEVEL: "warn" });
    const ada = new Person(url, { username: "ada" }, {});
    expect((await ada.opens("/login")).status).toBe(200);
    if (nameOf(feature) === "signup") return;
    await ada.isLoggedIn();
    expect((await ada.opens("/settings")).status).toBe(200);
  });

function nameOf(folder: string): string {
  return folder.split("/").at(-1) ?? "";
}

function copyWithout(removed: readonly string[], folder: string): void {
  for (const path of ["src", "bin", "package.json", "tsconfig.json"])
    cpSync(join(root, path), join(folder, path), { recursive: true, filter: (each) => !each.endsWith(".test.ts") });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const list = join(folder, "src/features/index.ts");
  let lines = readFileSync(list, "utf8").split("\n");
  for (const path of removed) {
    rmSync(join(folder, path), { recursive: true });
    const imported = lines.find((line) => line.includes(`"./${path.replace("src/features/", "")}/`));
    const name = /\{ (\w+) \}/.exec(imported ?? "")?.[1];
    expect(name, path).toBeDefined();
    lines = lines.filter((line) => line !== imported && line !== `  ${name},`);
  }
  writeFileSync(list, lines.join("\n"));
}
