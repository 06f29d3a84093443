/** Tests the files in deploy/ with systemd, nginx, HAProxy and others. */
// Runs with other programs: systemd, nginx, Caddy and container tools.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { describeSettings, readSettings } from "../src/config/load.ts";
import { freePort } from "./free-port.ts";

const root = resolve(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const units = ["deploy/latchkey.service", "deploy/latchkey-backup.service", "deploy/latchkey-backup.timer"];

describe("deploy", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-deploy-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(isMissing("systemd-analyze"))("deploy: systemd accepts the units (skipped without systemd-analyze)", () => {
    const paths = units.map((unit) => {
      const path = join(folder, basename(unit));
      // systemd-analyze checks that the program exists.
      writeFileSync(path, read(unit).replaceAll("/usr/bin/node", process.execPath));
      return path;
    });
    expect(output("systemd-analyze", ["verify", ...paths])).toBe("");
  });

  it.skipIf(isMissing("systemd-analyze"))("deploy: the services are sandboxed (skipped without systemd-analyze)", () => {
    // Exposure of at most 2.0 of 10: the network and one writable directory remain.
    for (const unit of units.slice(0, 2))
      output("systemd-analyze", ["security", "--offline=yes", "--threshold=20", "--no-pager", join(root, unit)]);
  });

  it.skipIf(isMissing("nginx"))("deploy: nginx accepts nginx.conf (skipped without nginx)", () => {
    const site = replaced(read("deploy/nginx.conf"), [
      // Listens on IPv4 only, without certificates.
      [/^ *listen \[::\]:.*\n/gm, ""],
      [/listen 443 ssl;/g, "listen 127.0.0.1:8443;"],
      [/listen 80;/g, "listen 127.0.0.1:8080;"],
      [/^ *ssl_certificate(?:_key)? .*\n/gm, ""],
    ]);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
    writeFileSync(join(folder, "nginx.conf"), `pid ${folder}/pid;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${site}\n}\n`);
    output("nginx", ["-t", "-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")]);
  });

  it.skipIf(isMissing("haproxy", ["-v"]))("deploy: HAProxy accepts haproxy.cfg (skipped without HAProxy)", () => {
    writeFileSync(join(folder, "haproxy.cfg"), replaced(read("deploy/haproxy.cfg"), [[/ssl crt \S+ alpn \S+/g, ""]]));
    output("haproxy", ["-c", "-f", join(folder, "haproxy.cfg")]);
  });

  it.skipIf(isMissing("haproxy", ["-v"]))(
    "deploy: HAProxy avoids a stopping machine, but not one with an unavailable database (skipped without HAProxy)",
    async () => {
      const machines = ["stopping", "unavailable"].map((status) =>
        createServer((request, response) => {
          const isHealthCheck = request.url === "/readyz";
          response.writeHead(isHealthCheck ? 503 : 200).end(isHealthCheck ? JSON.stringify({ status }) : status);
        }),
      );
      for (const machine of machines) await new Promise<void>((done) => machine.listen(0, "127.0.0.1", done));
      const [stopping, unavailable] = machines.map((machine) => String((machine.address() as AddressInfo).port));
      const port = await freePort();
      const site = replaced(read("deploy/haproxy.cfg").split("# DATABASE_URL")[0] ?? "", [
        [/:443 ssl crt \S+ alpn \S+/g, `127.0.0.1:${port}`],
        [/inter 2s/g, "inter 20ms"],
        [/10\.0\.0\.11:5050/g, `127.0.0.1:${stopping}`],
        [/10\.0\.0\.12:5050/g, `127.0.0.1:${unavailable}`],
      ]);
      writeFileSync(join(folder, "site.cfg"), site);
      const haproxy = spawn("haproxy", ["-f", join(folder, "site.cfg")], { stdio: "ignore" });
      try {
        const fetchLogin = () =>
          fetch(`http://127.0.0.1:${port}/login`)
            .then((response) => response.text())
            .catch(() => "");
        // HAProxy counts both as healthy until its second check.
        let inARow = 0;
        while (inARow < 20) inARow = (await fetchLogin()) === "unavailable" ? inARow + 1 : 0;
        expect(await Promise.all(Array.from({ length: 10 }, fetchLogin))).toEqual(Array.from({ length: 10 }, () => "unavailable"));
      } finally {
        haproxy.kill("SIGKILL");
        for (const machine of machines) {
          machine.closeAllConnections();
          machine.close();
        }
      }
    },
  );

  it.skipIf(isMissing("pgbouncer"))("deploy: PgBouncer accepts pgbouncer.ini (skipped without PgBouncer)", async () => {
    writeFileSync(join(folder, "userlist.txt"), "");
    const settings = replaced(read("deploy/pgbouncer.ini"), [
      [/^listen_port = .*$/gm, `listen_port = ${await freePort()}\nunix_socket_dir =`],
      [/\/etc\/pgbouncer/g, folder],
    ]);
    writeFileSync(join(folder, "pgbouncer.ini"), settings);
    chmodSync(folder, 0o755);
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const child = spawn("pgbouncer", [join(folder, "pgbouncer.ini")], { stdio: ["ignore", "ignore", "pipe"], ...user });
    let text = "";
    const ended = new Promise<void>((done) => child.once("close", () => done()));
    child.stderr.on("data", (part: Buffer) => {
      text += part.toString();
      if (text.includes("process up")) child.kill("SIGKILL");
    });
    await ended;
    expect(text).toContain("process up");
    expect(text).not.toMatch(/ERROR|WARNING|FATAL/);
  });

  it.skipIf(isMissing("patroni"))("deploy: Patroni accepts patroni.yml (skipped without Patroni)", () => {
    const text = outputOf("patroni", ["--validate-config", join(root, "deploy/patroni.yml")]);
    // Patroni also checks IPs and paths, which exist on the target machine only.
    const machineSpecific = /(?:listen|connect_address|hosts)\b.*didn't pass validation|(?:bin_dir|data_dir)\b.*(?:does not|doesn't) exist/;
    expect(text.split("\n").filter((line) => line.trim() !== "" && !machineSpecific.test(line))).toEqual([]);
  });

  it("deploy: Kubernetes probes do not depend on the database, and the grace period exceeds LAME_DUCK", () => {
    const [deployment, ...others] = parseAllDocuments(read("deploy/kubernetes.yaml")).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as Kubernetes;
    });
    expect(others.map(({ kind }) => kind)).toEqual(["Service", "PodDisruptionBudget"]);
    const { containers, terminationGracePeriodSeconds } = (deployment as Kubernetes).spec.template.spec;
    const [container] = containers;
    expect([container?.readinessProbe.httpGet.path, container?.livenessProbe.httpGet.path]).toEqual(["/healthz", "/healthz"]);
    const env = Object.fromEntries(container?.env.map(({ name, value }) => [name, value]) ?? []);
    expect(Number.parseInt(env["LAME_DUCK"] ?? "", 10) + 10).toBeLessThan(terminationGracePeriodSeconds);
    const settings = readSettings({
      ...env,
      SECRET_KEY: "a secret key for the Kubernetes deployment",
      DATABASE_URL: "postgres://a,b/c",
    });
    expect(settings.lameDuckMs).toBe(10_000);
  });

  it.skipIf(isMissing("kubeconform", ["-v"]))("deploy: kubeconform accepts kubernetes.yaml (skipped without kubeconform)", () => {
    output("kubeconform", ["-strict", join(root, "deploy/kubernetes.yaml")]);
  });

  it.skipIf(isMissing("caddy"))("deploy: Caddy accepts the Caddyfile (skipped without Caddy)", () => {
    const own = { PATH: process.env["PATH"], HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    output("caddy", ["validate", "--config", join(root, "deploy/Caddyfile"), "--adapter", "caddyfile"], own);
  });

  it.skipIf(isMissing("docker", ["info"]))(
    "deploy: Docker accepts the Containerfile (skipped without Docker)",
    { timeout: 600_000 },
    () => {
      output("docker", ["build", "--check", "--file", join(root, "deploy/Containerfile"), root]);
    },
  );

  it("deploy: the Containerfile copies existing files and runs unprivileged without a shell", { tags: ["asvs-13.2.2"] }, () => {
    const [build = "", image = ""] = read("deploy/Containerfile").split(/(?=^FROM gcr)/m);
    const copied = [...build.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, paths = ""]) => paths.split(" "));
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const fromBuild = [...image.matchAll(/^COPY --from=build .*?(\/build\/.+) \S+$/gm)].flatMap(([, paths = ""]) => paths.split(" "));
    const fromCheckout = fromBuild.map((path) => path.replace("/build/", "")).filter((path) => !["node_modules", "dist"].includes(path));
    expect(fromCheckout.filter((path) => !copied.includes(path))).toEqual([]);
    expect(image).toMatch(/^USER 65532:65532$/m);
    // The image has no shell: no RUN, and CMD in exec form.
    expect(image).not.toMatch(/^RUN /m);
    expect([...image.matchAll(/^(?:HEALTHCHECK.* )?CMD (.*)$/gm)].map(([, words = ""]) => Array.isArray(JSON.parse(words)))).toEqual([
      true,
      true,
    ]);
  });

  it("deploy: deployment files and pages set existing settings only", () => {
    const known = describeSettings().map(({ env }) => env);
    const set = [
      ...units.flatMap((unit) => [...read(unit).matchAll(/^Environment=(.*)$/gm)].flatMap(([, all = ""]) => all.split(" "))),
      ...[...read("deploy/Containerfile").matchAll(/^ENV (.*)$/gm)].flatMap(([, all = ""]) => all.split(" ")),
      ...[...read("deploy/kubernetes.yaml").matchAll(/- name: ([A-Z_]+)$/gm)].map(([, name]) => `${name}=`),
      ...["README.md", "docs/deploy.md"].flatMap((page) =>
        [...read(page).matchAll(/^```ini\n([\s\S]*?)^```/gm)].flatMap(([, text = ""]) => text.split("\n")),
      ),
    ];
    const names = set.flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(names).toContain("BASE_URL");
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("deploy: docs/deploy.md links each file, and its shell scripts parse", () => {
    const page = read("docs/deploy.md");
    for (const name of ["latchkey.service", "latchkey-backup.timer", "nginx.conf", "Caddyfile", "Containerfile"])
      expect(page).toContain(`](../deploy/${name})`);
    const scripts = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text = ""]) => text);
    expect(scripts.length).toBeGreaterThan(0);
    mkdirSync(folder, { recursive: true });
    for (const script of scripts) execFileSync("sh", ["-n"], { input: script });
  });
});

/** The parts of a Kubernetes resource that the tests read. */
interface Kubernetes {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly {
          readonly env: readonly { readonly name: string; readonly value: string }[];
          readonly readinessProbe: Probe;
          readonly livenessProbe: Probe;
        }[];
      };
    };
  };
}

interface Probe {
  readonly httpGet: { readonly path: string };
}

/** Returns the output of a tool, whether it succeeds or fails. */
function outputOf(tool: string, words: readonly string[]): string {
  try {
    return execFileSync(tool, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

/** Whether a tool is missing; logs that its tests are skipped. */
function isMissing(tool: string, words: readonly string[] = [tool === "nginx" ? "-v" : "--version"]): boolean {
  try {
    execFileSync(tool, tool === "caddy" ? ["version"] : words, { stdio: "ignore" });
    return false;
  } catch {
    console.error(`${tool} is missing: its tests of deploy/ are skipped.`);
    return true;
  }
}

/** Returns the output of a tool; throws with it if the tool fails. */
function output(tool: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  try {
    return execFileSync(tool, words, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${tool} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** Replaces text in a configuration; throws if a pattern does not match. */
function replaced(text: string, changes: readonly (readonly [RegExp, string])[]): string {
  return changes.reduce((changed, [from, to]) => {
    if (changed.search(from) < 0) throw new Error(`The configuration does not contain "${from}".`);
    return changed.replaceAll(from, to);
  }, text);
}
