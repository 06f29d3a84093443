/** The files to deploy it with, each through its own tool where this machine has it. */
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

  it.skipIf(isMissing("haproxy", ["-v"]))("are a configuration that HAProxy takes (skipped where there is no HAProxy)", () => {
    writeFileSync(join(folder, "haproxy.cfg"), replaced(read("deploy/haproxy.cfg"), [[/ssl crt \S+ alpn \S+/g, ""]]));
    output("haproxy", ["-c", "-f", join(folder, "haproxy.cfg")]);
  });

  it.skipIf(isMissing("haproxy", ["-v"]))(
    "have HAProxy leave a machine that is about to stop, and none for the database that all share (skipped where there is no HAProxy)",
    async () => {
      const machines = ["stopping", "unavailable"].map((status) =>
        createServer((request, response) => {
          const isAsked = request.url === "/readyz";
          response.writeHead(isAsked ? 503 : 200).end(isAsked ? JSON.stringify({ status }) : status);
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
        const ask = () =>
          fetch(`http://127.0.0.1:${port}/login`)
            .then((response) => response.text())
            .catch(() => "");
        // Until it has asked twice, both are thought to be well.
        let inARow = 0;
        while (inARow < 20) inARow = (await ask()) === "unavailable" ? inARow + 1 : 0;
        expect(await Promise.all(Array.from({ length: 10 }, ask))).toEqual(Array.from({ length: 10 }, () => "unavailable"));
      } finally {
        haproxy.kill("SIGKILL");
        for (const machine of machines) {
          machine.closeAllConnections();
          machine.close();
        }
      }
    },
  );

  it.skipIf(isMissing("pgbouncer"))("are a configuration that PgBouncer takes (skipped where there is no PgBouncer)", async () => {
    writeFileSync(join(folder, "userlist.txt"), "");
    const settings = replaced(read("deploy/pgbouncer.ini"), [
      [/^listen_port = .*$/gm, `listen_port = ${await freePort()}\nunix_socket_dir =`],
      [/\/etc\/pgbouncer/g, folder],
    ]);
    writeFileSync(join(folder, "pgbouncer.ini"), settings);
    chmodSync(folder, 0o755);
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const child = spawn("pgbouncer", [join(folder, "pgbouncer.ini")], { stdio: ["ignore", "ignore", "pipe"], ...user });
    let said = "";
    const ended = new Promise<void>((done) => child.once("close", () => done()));
    child.stderr.on("data", (part: Buffer) => {
      said += part.toString();
      if (said.includes("process up")) child.kill("SIGKILL");
    });
    await ended;
    expect(said).toContain("process up");
    expect(said).not.toMatch(/ERROR|WARNING|FATAL/);
  });

  it.skipIf(isMissing("patroni"))("are a configuration that Patroni takes (skipped where there is no Patroni)", () => {
    const said = attempt("patroni", ["--validate-config", join(root, "deploy/patroni.yml")]);
    // Whether an IP is this machine's and a program is there, it asks as well: that is for the machine that it will run on.
    const ofThisMachine = /(?:listen|connect_address|hosts)\b.*didn't pass validation|(?:bin_dir|data_dir)\b.*(?:does not|doesn't) exist/;
    expect(said.split("\n").filter((line) => line.trim() !== "" && !ofThisMachine.test(line))).toEqual([]);
  });

  it("are what Kubernetes is told: probes that do not ask the database, and more time to end than the wait before", () => {
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
      SECRET_KEY: "a key of the secret that nobody else knows",
      DATABASE_URL: "postgres://a,b/c",
    });
    expect(settings.lameDuckMs).toBe(10_000);
  });

  it.skipIf(isMissing("kubeconform", ["-v"]))("are resources that Kubernetes knows (skipped where there is no kubeconform)", () => {
    output("kubeconform", ["-strict", join(root, "deploy/kubernetes.yaml")]);
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

  it("make an image of what there is, run by nobody in particular and without a shell", { tags: ["asvs-13.2.2"] }, () => {
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
      ...[...read("deploy/kubernetes.yaml").matchAll(/- name: ([A-Z_]+)$/gm)].map(([, name]) => `${name}=`),
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

/** As far as it is looked at here. */
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

/** What a tool says, whether it is content or not. */
function attempt(tool: string, words: readonly string[]): string {
  try {
    return execFileSync(tool, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

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
