/** Parses PostgreSQL URLs with one or several hosts, like libpq. */
import { suggest } from "./suggest.ts";

export interface PostgresUrl {
  /** In the order of connection attempts. */
  readonly hosts: readonly PostgresHost[];
  /** Whether only a host that accepts writes is used. */
  readonly needsWrites: boolean;
}

interface PostgresHost {
  /** For logs: host and port, without user and password. */
  readonly name: string;
  /** URL of this host only. */
  readonly url: string;
}

const targets = ["any", "read-write", "primary"];
/** The modes of `pg`, which treats unknown ones as the strictest. */
const sslModes = ["disable", "prefer", "require", "no-verify", "verify-ca", "verify-full"];

/** Undefined if invalid. Several hosts without `target_session_attrs` mean `read-write`. */
export function readPostgresUrl(text: string): PostgresUrl | undefined {
  const parts = partsOf(text);
  if (!parts || problemOf(parts) !== undefined) return undefined;
  const { scheme, login, path, target, rest } = parts;
  const hosts = parts.hosts.map((host) => ({ name: host || "localhost", url: `${scheme}${login}${host}${path}${rest}` }));
  if (!hosts.every(({ url }) => isUrl(url))) return undefined;
  return { hosts, needsWrites: target === null ? hosts.length > 1 : target !== "any" };
}

/** Describes the error of a PostgreSQL URL without quoting it; undefined for a valid URL or one of another kind. */
export function postgresUrlProblem(text: string): string | undefined {
  const parts = partsOf(text);
  return parts && problemOf(parts);
}

interface Parts {
  readonly scheme: string;
  readonly login: string;
  readonly path: string;
  readonly search: URLSearchParams;
  /** Hosts with their optional ports. */
  readonly hosts: readonly string[];
  readonly target: string | null;
  /** The query without the parameters handled here. */
  readonly rest: string;
}

function partsOf(text: string): Parts | undefined {
  const parts = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#@]*)(\/[^/?#]+)(?:\?([^#]*))?$/.exec(text);
  if (!parts) return undefined;
  const [, scheme = "", login = "", authority = "", path = "", query = ""] = parts;
  const search = new URLSearchParams(query);
  const target = search.get("target_session_attrs");
  search.delete("target_session_attrs");
  const hosts = authority === "" ? hostsOfQuery(search) : authority.split(",");
  return { scheme, login, path, search, hosts, target, rest: search.size > 0 ? `?${search}` : "" };
}

function problemOf({ login, search, hosts, target }: Parts): string | undefined {
  if (target !== null && !targets.includes(target)) return `its target_session_attrs must be ${joinWithOr(targets)}`;
  const sslMode = search.get("sslmode");
  if (sslMode !== null && !sslModes.includes(sslMode)) return `its sslmode must be ${joinWithOr(sslModes)}`;
  // Silent downgrade: a misspelled sslmode would be ignored, and the connection not encrypted.
  for (const name of search.keys()) {
    const meant = suggest(name, ["target_session_attrs", "sslmode"]);
    if (meant !== undefined && meant !== name) return `it has an unknown parameter, did you mean ${meant}?`;
  }
  for (const host of hosts) {
    const [, name, port] = /^(\[[^\]]+\]|[^:[\]]*)(?::([^:]*))?$/.exec(host) ?? [];
    if (name === undefined) return "an IPv6 address in it must be in square brackets";
    if (name === "" && hosts.length > 1) return "it must have a host before and after each comma";
    if (port && (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535))
      return "each port in it must be a number from 1 to 65535";
  }
  const ports = search.get("port");
  if (ports && !/^\d{1,5}$/.test(ports)) return "its port must be one number, or one for each host";
  return canDecode(login) ? undefined : "a percent sign in its user or password must be written as %25";
}

function joinWithOr(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** Reads the hosts of `?host=a,b&port=5432,5433`; a socket directory is left in the query. */
function hostsOfQuery(search: URLSearchParams): string[] {
  const names = (search.get("host") ?? "").split(",");
  if (names.length < 2 || names.some((name) => name.startsWith("/"))) return [""];
  const ports = (search.get("port") ?? "").split(",");
  // Left in the query, where the mismatch is reported.
  if (ports.length > 1 && ports.length !== names.length) return names;
  search.delete("host");
  search.delete("port");
  return names.map((name, i) => {
    const port = ports.length > 1 ? ports[i] : ports[0];
    const host = name.includes(":") ? `[${name}]` : name;
    return port ? `${host}:${port}` : host;
  });
}

function isUrl(text: string): boolean {
  // A socket directory is in the query, which leaves no host after the user.
  const url = URL.parse(text.replace("@/", "@localhost/"));
  return url !== null && [url.username, url.password, url.pathname].every(canDecode);
}

function canDecode(part: string): boolean {
  try {
    return decodeURIComponent(part) !== undefined;
  } catch {
    return false;
  }
}
