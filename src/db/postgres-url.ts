/** Reads the URL of a PostgreSQL database, with one host or several, as libpq does. */

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

/** Undefined where it cannot be read. With several hosts and no `target_session_attrs`, only a host that takes writes will do. */
export function readPostgresUrl(text: string): PostgresUrl | undefined {
  const parts = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#@]*)(\/[^/?#]+)(?:\?([^#]*))?$/.exec(text);
  if (!parts) return undefined;
  const [, scheme = "", login = "", authority = "", path = "", query = ""] = parts;
  const search = new URLSearchParams(query);
  const target = search.get("target_session_attrs");
  search.delete("target_session_attrs");
  const listed = authority === "" ? hostsOfQuery(search) : authority.split(",");
  const rest = search.size > 0 ? `?${search}` : "";
  const hosts = listed.map((host) => {
    const [, name, port] = /^(\[[^\]]+\]|[^:[\]]*)(?::(\d{0,5}))?$/.exec(host) ?? [];
    if (name === undefined || (name === "" && listed.length > 1) || Number(port ?? 1) > 65_535 || port === "0") return undefined;
    // A percent sign at the start is a socket's folder, which only the library that connects can read.
    return { name: host || "localhost", url: `${scheme}${login}${host}${path}${rest}` };
  });
  if (hosts.some((host) => host === undefined || !isUrl(host.url)) || (target !== null && !targets.includes(target))) return undefined;
  return { hosts: hosts as PostgresHost[], needsWrites: target === null ? hosts.length > 1 : target !== "any" };
}

/** `?host=a,b&port=5432,5433`, the other spelling; a folder of a socket stays where it is. */
function hostsOfQuery(search: URLSearchParams): string[] {
  const names = (search.get("host") ?? "").split(",");
  if (names.length < 2 || names.some((name) => name.startsWith("/"))) return [""];
  const ports = (search.get("port") ?? "").split(",");
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
  if (!url) return false;
  try {
    return [url.username, url.password, url.pathname].every((part) => decodeURIComponent(part) !== undefined);
  } catch {
    return false;
  }
}
