/** Tests the packed package: files, dependencies, types, links, size. */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { root } from "./consumer.ts";

const installed = join(inject("outside"), "contents");
const tarball = inject("tarball");

beforeAll(() => {
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed]);
});

describe("package", () => {
  it("package: contains runtime files and documents only", () => {
    const files = globSync("**/*", { cwd: installed, withFileTypes: true }).filter((each) => each.isFile());
    const paths = files.map((each) => join(each.parentPath, each.name).slice(installed.length + 1));
    expect(
      paths.filter(
        (path) =>
          !/^(?:bin|deploy|dist|docs)\/|^(?:package\.json|\.env\.example|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md)$/.test(path),
      ),
    ).toEqual([]);
    expect(paths.filter((path) => /test|\.[cm]?ts$/.test(path) && !/\.d\.c?ts$/.test(path) && !/testing/.test(path))).toEqual([]);
    for (const path of paths.filter((each) => /\.(?:js|ts)$/.test(each))) {
      const text = readFileSync(join(installed, path), "utf8");
      expect(text.includes(root), path).toBe(false);
    }
  });

  it("package: declares exactly the dependencies that it imports", { tags: ["asvs-15.2.3"] }, () => {
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Manifest;
    const needed = new Set<string>();
    for (const path of globSync("dist/**/*.js", { cwd: installed, exclude: ["dist/assets/**"] })) {
      const code = readFileSync(join(installed, path), "utf8");
      for (const [, id = ""] of code.matchAll(
        /^(?:import|export)\b[^;"']*?["']([^"'./][^"']*)["']|(?:\bimport|\brequire(?:\$\d+)?(?:\.resolve)?)\(["']([^"'./][^"']*)["']\)/gm,
      ))
        needed.add(nameOf(id));
      for (const [, id = ""] of code.matchAll(/(?:\bimport|\brequire(?:\$\d+)?(?:\.resolve)?)\(["']([^"'./][^"']*)["']\)/g))
        needed.add(nameOf(id));
    }
    const outside = [...needed].filter((name) => name !== "" && !isBuiltin(name));
    const declared = Object.keys({ ...dependencies, ...peerDependencies });
    expect(outside.filter((name) => !declared.includes(name))).toEqual([]);
    // pino-pretty is loaded by name.
    expect(Object.keys(dependencies).filter((name) => !outside.includes(name) && name !== "pino-pretty")).toEqual([]);
  });

  it("package: publint and attw find no problem", () => {
    execFileSync(join(root, "node_modules/.bin/publint"), ["run", tarball, "--strict"], { stdio: "pipe" });
    execFileSync(join(root, "node_modules/.bin/attw"), [tarball, "--profile", "node16", "--no-color"], { stdio: "pipe", cwd: root });
  });

  it("package: links in documents lead to existing files and headings", () => {
    const broken: string[] = [];
    for (const page of globSync("**/*.md", { cwd: installed })) {
      const text = withoutCode(readFileSync(join(installed, page), "utf8"));
      for (const [, to = ""] of text.matchAll(/\]\(([^)\s]+)\)|\b(?:href|src)="([^"]+)"/g)) {
        if (/^[a-z]+:/.test(to)) continue;
        const [path = "", anchor] = to.split("#");
        const target = path === "" ? join(installed, page) : join(installed, dirname(page), path);
        const isThere = existsSync(target) && (anchor === undefined || anchorsOf(readFileSync(target, "utf8")).includes(anchor));
        if (!isThere) broken.push(`${page}: ${to}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it("package: has at most 60 dependencies and 40 MB", () => {
    const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Manifest;
    const all = withDependencies(Object.keys(dependencies));
    const bytes = [installed, ...all.map((name) => join(root, "node_modules", name))].reduce((sum, path) => sum + sizeOf(path), 0);
    console.error(`${all.length} dependencies, ${(bytes / 2 ** 20).toFixed(1)} MB in all`);
    expect(all.length).toBeLessThanOrEqual(60);
    expect(bytes).toBeLessThan(40 * 2 ** 20);
  });

  it("package: no install scripts", { tags: ["asvs-15.2.4"] }, () => {
    const { dependencies, scripts = {} } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Manifest;
    const hooks = ["preinstall", "install", "postinstall"];
    expect(hooks.filter((hook) => scripts[hook])).toEqual([]);
    for (const name of withDependencies(Object.keys(dependencies))) {
      const own = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as Manifest;
      expect(
        hooks.filter((hook) => own.scripts?.[hook]),
        name,
      ).toEqual([]);
    }
  });
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

function withoutCode(page: string): string {
  return page.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");
}

/** Returns the anchors of headings, as on GitHub and npm. */
function anchorsOf(page: string): string[] {
  return [...page.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}

function nameOf(id: string): string {
  return id.startsWith("@") ? id.split("/").slice(0, 2).join("/") : (id.split("/")[0] ?? "");
}

/** Returns these packages and their transitive dependencies. */
function withDependencies(names: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    const own = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as Partial<Manifest>;
    for (const each of Object.keys(own.dependencies ?? {})) add(each);
  };
  for (const name of names) add(name);
  return [...found];
}

function sizeOf(path: string): number {
  return globSync("**/*", { cwd: path, withFileTypes: true })
    .filter((each) => each.isFile())
    .reduce((sum, each) => sum + statSync(join(each.parentPath, each.name)).size, 0);
}
