/** The files to deploy it with, each through its own tool where this machine has it. */
// Runs with other programs: systemd, nginx, Caddy and container tools.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeSettings } from "../src/settings.ts";

const root = resolve(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const units = ["deploy/latchkey.service", "deploy/latchkey-backup.service", "deploy/latchkey-backup.timer"];

describe("the files in deploy/", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-deploy-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(isMissing("systemd-analyze"))("are units that systemd takes (skipped where there is no systemd-analyze)", () => {
    const paths = units.map((unit) => {
      const path = join(folder, basename(unit));
      // It looks for the program that is started.
      writeFileSync(path, read(unit).replaceAll("/usr/bin/node", process.execPath));
      return path;
    });
    expect(output("systemd-analyze", ["verify", ...paths])).toBe("");
  });

  it.skipIf(isMissing("systemd-analyze"))("leave a service little to do harm with (skipped where there is no systemd-analyze)", () => {
    // Of ten, in tenths: what is left is the network and one folder.
    for (const unit of units.slice(0, 2))
      output("systemd-analyze", ["security", "--offline=yes", "--threshold=20", "--no-pager", join(root, unit)]);
  });

  it.skipIf(isMissing("nginx"))("are a configuration that nginx takes (skipped where there is no nginx)", () => {
    const site = replaced(read("deploy/nginx.conf"), [
      // One address of each, and none of the certificate that a test has not.
      [/^ *listen \[::\]:.*\n/gm, ""],
      [/listen 443 ssl;/g, "listen 127.0.0.1:8443;"],
      [/listen 80;/g, "listen 127.0.0.1:8080;"],
      [/^ *ssl_certificate(?:_key)? .*\n/gm, ""],
    ]);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
    writeFileSync(join(folder, "nginx.conf"), `pid ${folder}/pid;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${site}\n}\n`);
    output("nginx", ["-t", "-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")]);
  });

  it.skipIf(isMissing("caddy"))("are a configuration that Caddy takes (skipped where there is no Caddy)", () => {
    const own = { PATH: process.env["PATH"], HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    output("caddy", ["validate", "--config", join(root, "deploy/Caddyfile"), "--adapter", "caddyfile"], own);
  });

  it.skipIf(isMissing("docker", ["info"]))(
    "are an image that Docker can build (skipped where no Docker runs)",
    { timeout: 600_000 },
    () => {
      output("docker", ["build", "--check", "--file", join(root, "deploy/Containerfile"), root]);
    },
  );

  it("make an image of what there is, run by nobody in particular and without a shell [ASVS 13.2.2]", () => {
    const [build = "", image = ""] = read("deploy/Containerfile").split(/(?=^FROM gcr)/m);
    const copied = [...build.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, paths = ""]) => paths.split(" "));
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const made = [...image.matchAll(/^COPY --from=build .*?(\/build\/.+) \S+$/gm)].flatMap(([, paths = ""]) => paths.split(" "));
    const left = made.map((path) => path.replace("/build/", "")).filter((path) => !["node_modules", "dist"].includes(path));
    expect(left.filter((path) => !copied.includes(path))).toEqual([]);
    expect(image).toMatch(/^USER 65532:65532$/m);
    // Without a shell nothing is run while it is made, and what it starts is a list and no line.
    expect(image).not.toMatch(/^RUN /m);
    expect([...image.matchAll(/^(?:HEALTHCHECK.* )?CMD (.*)$/gm)].map(([, words = ""]) => Array.isArray(JSON.parse(words)))).toEqual([
      true,
      true,
    ]);
  });

  it("set nothing that is no setting, and neither do the pages about them", () => {
    const known = describeSettings().map(({ env }) => env);
    const set = [
      ...units.flatMap((unit) => [...read(unit).matchAll(/^Environment=(.*)$/gm)].flatMap(([, all = ""]) => all.split(" "))),
      ...[...read("deploy/Containerfile").matchAll(/^ENV (.*)$/gm)].flatMap(([, all = ""]) => all.split(" ")),
      ...["README.md", "docs/deploy.md"].flatMap((page) =>
        [...read(page).matchAll(/^```ini\n([\s\S]*?)^```/gm)].flatMap(([, text = ""]) => text.split("\n")),
      ),
    ];
    const names = set.flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(names).toContain("BASE_URL");
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("are each told of on the page about them, with scripts that a shell can read", () => {
    const page = read("docs/deploy.md");
    for (const name of ["latchkey.service", "latchkey-backup.timer", "nginx.conf", "Caddyfile", "Containerfile"])
      expect(page).toContain(`](../deploy/${name})`);
    const scripts = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text = ""]) => text);
    expect(scripts.length).toBeGreaterThan(0);
    mkdirSync(folder, { recursive: true });
    for (const script of scripts) execFileSync("sh", ["-n"], { input: script });
  });
});

/** Says aloud what is not tested for want of a tool. */
function isMissing(tool: string, words: readonly string[] = [tool === "nginx" ? "-v" : "--version"]): boolean {
  try {
    execFileSync(tool, tool === "caddy" ? ["version"] : words, { stdio: "ignore" });
    return false;
  } catch {
    console.error(`No ${tool} runs here: what it would say to our files is not tested.`);
    return true;
  }
}

/** What a tool says to the errors; throws with it where the tool is not content. */
function output(tool: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  try {
    return execFileSync(tool, words, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${tool} is not content:\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** Throws where something to be replaced is not there: the configuration would not be the one that is tested. */
function replaced(text: string, changes: readonly (readonly [RegExp, string])[]): string {
  return changes.reduce((changed, [from, to]) => {
    if (changed.search(from) < 0) throw new Error(`There is no "${from}" in the configuration.`);
    return changed.replaceAll(from, to);
  }, text);
}
