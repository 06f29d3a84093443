/** Reads the URL of a PostgreSQL database, with one host or several, as libpq does. */
import { editDistance } from "./edit-distance.ts";

export interface PostgresUrl {
  /** In the order in which they are tried. */
  readonly hosts: readonly PostgresHost[];
  /** What a connection must be able to do: `any`, or take writes. */
  readonly needsWrites: boolean;
}

interface PostgresHost {
  /** For log lines: host and port, without the user and the password. */
  readonly name: string;
  /** Without what other hosts are for. */
  readonly url: string;
}

const targets = ["any", "read-write", "primary"];
/** Those that the library which connects knows; another would be taken for the strictest. */
const sslModes = ["disable", "prefer", "require", "no-verify", "verify-ca", "verify-full"];

/** Undefined where it cannot be read. With several hosts and no `target_session_attrs`, only a host that takes writes will do. */
export function readPostgresUrl(text: string): PostgresUrl | undefined {
  const parts = partsOf(text);
  if (!parts || problemOf(parts) !== undefined) return undefined;
  const { scheme, login, path, listed, target, rest } = parts;
  const hosts = listed.map((host) => ({ name: host || "localhost", url: `${scheme}${login}${host}${path}${rest}` }));
  if (!hosts.every(({ url }) => isUrl(url))) return undefined;
  return { hosts, needsWrites: target === null ? hosts.length > 1 : target !== "any" };
}

/** What is wrong with a URL of PostgreSQL's, to be said behind "but"; it repeats nothing of it. Undefined where it is no such URL at all. */
export function postgresUrlProblem(text: string): string | undefined {
  const parts = partsOf(text);
  return parts && problemOf(parts);
}

interface Parts {
  readonly scheme: string;
  readonly login: string;
  readonly path: string;
  readonly search: URLSearchParams;
  /** Each with its port, where it has one. */
  readonly listed: readonly string[];
  readonly target: string | null;
  /** The query, without what is ours. */
  readonly rest: string;
}

function partsOf(text: string): Parts | undefined {
  const parts = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#@]*)(\/[^/?#]+)(?:\?([^#]*))?$/.exec(text);
  if (!parts) return undefined;
  const [, scheme = "", login = "", authority = "", path = "", query = ""] = parts;
  const search = new URLSearchParams(query);
  const target = search.get("target_session_attrs");
  search.delete("target_session_attrs");
  const listed = authority === "" ? hostsOfQuery(search) : authority.split(",");
  return { scheme, login, path, search, listed, target, rest: search.size > 0 ? `?${search}` : "" };
}

function problemOf({ login, search, listed, target }: Parts): string | undefined {
  if (target !== null && !targets.includes(target)) return `its target_session_attrs must be ${inWords(targets)}`;
  const sslMode = search.get("sslmode");
  if (sslMode !== null && !sslModes.includes(sslMode)) return `its sslmode must be ${inWords(sslModes)}`;
  // Misspelt, it would be ignored in silence: so would the encryption that it asks for.
  for (const name of search.keys()) {
    const meant = ["target_session_attrs", "sslmode"].find((each) => each !== name && editDistance(each, name.toLowerCase()) <= 2);
    if (meant !== undefined) return `it has a parameter that is none: did you mean ${meant}?`;
  }
  for (const host of listed) {
    const [, name, port] = /^(\[[^\]]+\]|[^:[\]]*)(?::([^:]*))?$/.exec(host) ?? [];
    if (name === undefined) return "an IPv6 address in it must stand in square brackets";
    if (name === "" && listed.length > 1) return "it must have a host before and after each comma";
    if (port && (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535))
      return "each port in it must be a number from 1 to 65535";
  }
  const ports = search.get("port");
  if (ports && !/^\d{1,5}$/.test(ports)) return "its port must be one number, or one for each host";
  return canDecode(login) ? undefined : "a percent sign in its user or password must be written as %25";
}

function inWords(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** `?host=a,b&port=5432,5433`, the other spelling; a folder of a socket stays where it is. */
function hostsOfQuery(search: URLSearchParams): string[] {
  const names = (search.get("host") ?? "").split(",");
  if (names.length < 2 || names.some((name) => name.startsWith("/"))) return [""];
  const ports = (search.get("port") ?? "").split(",");
  // Left there, it is told of.
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
  // A socket's folder stands in the query, and no host beside the user.
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
