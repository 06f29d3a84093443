/** Encodes and decodes the part of CBOR that passkeys use (RFC 8949). */

/** Integers below 2^32, byte strings, texts and maps. */
export type Cbor = number | string | Uint8Array | CborMap;
export type CborMap = ReadonlyMap<number | string, Cbor>;

export function encodeCbor(value: Cbor): Buffer {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, each]) => [encodeCbor(key), encodeCbor(each)])]);
}

/** The head of an item: its major type and its value or length (RFC 8949, 3). */
function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.of((major << 5) | value);
  const size = value < 0x100 ? 1 : value < 0x1_0000 ? 2 : 4;
  const bytes = Buffer.alloc(1 + size);
  bytes[0] = (major << 5) | (23 + [1, 2, 4].indexOf(size) + 1);
  bytes.writeUIntBE(value, 1, size);
  return bytes;
}

/** Untrusted input: undefined unless the bytes are one map of the part above, with nothing after it. */
export function decodeCborMap(bytes: Uint8Array): CborMap | undefined {
  const reader = { bytes: Buffer.from(bytes), at: 0 };
  try {
    const value = read(reader, 0);
    return value instanceof Map && reader.at === reader.bytes.length ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Reader {
  readonly bytes: Buffer;
  at: number;
}

const maxDepth = 4;

/** Throws a `RangeError` beyond the end. */
function read(reader: Reader, depth: number): Cbor {
  const first = reader.bytes.readUInt8(reader.at++);
  const [major, short] = [first >> 5, first & 31];
  const value = short < 24 ? short : readValue(reader, short);
  if (major === 0) return value;
  if (major === 1) return -1 - value;
  if (major === 2) return take(reader, value);
  if (major === 3) return take(reader, value).toString();
  if (major !== 5 || depth === maxDepth) throw new RangeError("Not in the part of CBOR that is read.");
  const map = new Map<number | string, Cbor>();
  for (let i = 0; i < value; i++) {
    const key = read(reader, depth + 1);
    if ((typeof key !== "number" && typeof key !== "string") || map.has(key)) throw new RangeError("Not a key, or twice the same.");
    map.set(key, read(reader, depth + 1));
  }
  return map;
}

function readValue(reader: Reader, short: number): number {
  const size = [1, 2, 4][short - 24];
  if (size === undefined) throw new RangeError("Not in the part of CBOR that is read.");
  const value = reader.bytes.readUIntBE(reader.at, size);
  reader.at += size;
  return value;
}

function take(reader: Reader, length: number): Buffer {
  const taken = reader.bytes.subarray(reader.at, reader.at + length);
  if (taken.length < length) throw new RangeError("The bytes end too early.");
  reader.at += length;
  return taken;
}
