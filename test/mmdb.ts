/** Writes small files in the MaxMind DB format, with IPv4 networks. */

type Value = string | number | readonly Value[] | { readonly [name: string]: Value };

interface Place {
  readonly city?: Readonly<Record<string, string>>;
  readonly country: Readonly<Record<string, string>>;
  readonly code: string;
}

/** By network, such as `81.2.69.0/24`. */
export const somePlaces: Readonly<Record<string, Place>> = {
  "81.2.69.0/24": { city: { en: "London", de: "London" }, country: { en: "United Kingdom", de: "Vereinigtes Königreich" }, code: "GB" },
  "89.160.20.0/24": { city: { en: "Munich", de: "München" }, country: { en: "Germany", de: "Deutschland" }, code: "DE" },
  "1.128.0.0/11": { country: { en: "Australia", de: "Australien" }, code: "AU" },
  "10.0.0.0/8": { country: { en: "Nowhere" }, code: "ZZ" },
};

interface FileOptions {
  readonly type?: string;
  readonly builtAt?: number;
}

export function writeMmdb(places = somePlaces, { type = "GeoLite2-City", builtAt = Date.now() }: FileOptions = {}): Buffer {
  const data: Buffer[] = [];
  const nodes: [Target, Target][] = [["none", "none"]];
  for (const [network, { city, country, code }] of Object.entries(places)) {
    const offset = Buffer.concat(data).length;
    const nation = { geoname_id: 1, iso_code: code, names: country };
    data.push(encode({ country: nation, ...(city ? { city: { geoname_id: 2, names: city } } : {}) }));
    insert(nodes, bitsOf(network), { offset });
  }
  const tree = Buffer.concat(nodes.map((pair) => Buffer.concat(pair.map((target) => pointer(target, nodes.length)))));
  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: Math.floor(builtAt / 1_000),
    database_type: type,
    description: { en: "a test" },
    ip_version: 6,
    languages: ["en", "de"],
    node_count: nodes.length,
    record_size: 32,
  };
  return Buffer.concat([tree, Buffer.alloc(16), ...data, Buffer.from("\xab\xcd\xefMaxMind.com", "latin1"), encode(metadata)]);
}

type Target = "none" | { readonly node: number } | { readonly offset: number };

/** IPv4 addresses are below 96 zero bits of IPv6. */
function bitsOf(network: string): string {
  const [ip = "", length = "32"] = network.split("/");
  const bits = ip.split(".").map((byte) => Number(byte).toString(2).padStart(8, "0"));
  return "0".repeat(96) + bits.join("").slice(0, Number(length));
}

function insert(nodes: [Target, Target][], bits: string, data: Target): void {
  let node = nodes[0];
  for (const [i, bit] of [...bits].entries()) {
    const side = bit === "1" ? 1 : 0;
    if (!node) throw new Error("Networks overlap.");
    const next = node[side];
    if (i === bits.length - 1) node[side] = data;
    else if (typeof next === "object" && "node" in next) node = nodes[next.node];
    else {
      node[side] = { node: nodes.length };
      node = ["none", "none"];
      nodes.push(node);
    }
  }
}

function pointer(target: Target, count: number): Buffer {
  const bytes = Buffer.alloc(4);
  if (target === "none") bytes.writeUInt32BE(count);
  else bytes.writeUInt32BE("node" in target ? target.node : count + 16 + target.offset);
  return bytes;
}

function encode(value: Value): Buffer {
  if (typeof value === "string") return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...(value as Value[]).map(encode)]);
  const entries = Object.entries(value as Readonly<Record<string, Value>>);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([name, inner]) => [encode(name), encode(inner)])]);
}

/** Types from 8 on are written in a second byte; sizes from 29 on in one more. */
function control(type: number, size: number): Buffer {
  const first = (type < 8 ? type << 5 : 0) | Math.min(size, 29);
  return Buffer.from([first, ...(type < 8 ? [] : [type - 7]), ...(size < 29 ? [] : [size - 29])]);
}
