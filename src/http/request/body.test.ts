// Runs on one engine: what it tests does not touch the database.
import fc from "fast-check";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { Env } from "../context.ts";
import { type Body, readBody } from "./body.ts";

const form = "application/x-www-form-urlencoded";
const json = "application/json";

/** What is read of a real request with this body. */
async function read(type: string | undefined, body: string | Uint8Array<ArrayBuffer>): Promise<Body> {
  let read: Body = { ok: false, reason: "unreadable" };
  const hono = new Hono<Env>().post("/", async (c) => {
    read = await readBody(c);
    return c.body(null);
  });
  const { status } = await hono.request("/", {
    method: "POST",
    body: Buffer.from(body),
    headers: type === undefined ? {} : { "content-type": type },
  });
  if (status !== 200) throw new Error("It could not be read without an error.");
  return read;
}

/** Fields as a plain object, so that two can be compared. */
async function fieldsOf(type: string, body: string | Uint8Array<ArrayBuffer>): Promise<unknown> {
  const got = await read(type, body);
  return got.ok ? { ...got.fields } : "refused";
}

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => text !== "__proto__");
const wellFormed = fc.string({ unit: "grapheme" });

describe("what was sent as a form", () => {
  it("is what was typed, whatever it was", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, wellFormed, { noNullPrototype: true }), async (fields) => {
        expect(await fieldsOf(form, new URLSearchParams(fields).toString())).toEqual(fields);
      }),
    );
  });

  it.each([form, json])("is refused in another encoding than UTF-8, in which it would be something else: %s", async (type) => {
    const body = type === form ? "a=%FE%FF" : "{}";
    for (const charset of ["utf-16", "iso-8859-1", '"latin1"', "windows-1252", "utf-7"])
      expect(await read(`${type}; charset=${charset}`, body), charset).toEqual({ ok: false, reason: "unsupported-type" });
    for (const charset of ["utf-8", "UTF8", '"utf-8"', "us-ascii"])
      expect((await read(`${type};Charset=${charset}`, type === form ? "a=b" : "{}")).ok, charset).toBe(true);
  });

  it("is decoded once and no further", { tags: ["asvs-1.1.1"] }, async () => {
    expect(await fieldsOf(form, "next=%252F%252Fevil.test&a+b=%2B+%26%3D")).toEqual({ next: "%2F%2Fevil.test", "a b": "+ &=" });
  });

  it("is a list where a field was sent twice, which no rule takes for a text", { tags: ["asvs-15.3.7"] }, async () => {
    expect(await fieldsOf(form, "email=a&email=b&email=c&next=/&e%6dail=d")).toEqual({ email: ["a", "b", "c", "d"], next: "/" });
    expect(await fieldsOf(form, "email=&email=")).toEqual({ email: ["", ""] });
  });

  it.each([
    ["", {}],
    ["a", { a: "" }],
    ["a=", { a: "" }],
    ["a=b=c", { a: "b=c" }],
    ["=b", { "": "b" }],
    ["a;b=c", { "a;b": "c" }],
    ["a[]=1&b[c]=2", { "a[]": "1", "b[c]": "2" }],
  ])("has its fields by their very names: %j", async (body, fields) => {
    expect(await fieldsOf(form, body)).toEqual(fields);
  });

  it.each(["a=%", "a=%zz", "a=%u0041", "a=%ff", "a=%c0%80", "a=%ed%a0%80", "%ff=a"])(
    "is refused where an escape is no text: %s",
    async (body) => {
      expect(await read(form, body)).toEqual({ ok: false, reason: "unreadable" });
    },
  );

  it("is refused past a hundred fields", { tags: ["asvs-15.2.2"] }, async () => {
    const fields = (count: number) => Array.from({ length: count }, (_, i) => `f${i}=${i}`).join("&");
    expect(Object.keys((await fieldsOf(form, fields(100))) as object)).toHaveLength(100);
    expect(await read(form, fields(101))).toEqual({ ok: false, reason: "unreadable" });
    expect(await read(form, "&".repeat(100))).toEqual({ ok: false, reason: "unreadable" });
  });
});

describe("what was sent as JSON", () => {
  it("is the members of the object, whatever they are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.jsonValue(), { noNullPrototype: true }), async (members) => {
        const text = JSON.stringify(members);
        expect(await fieldsOf(json, text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    "",
    "null",
    "[]",
    "[{}]",
    '"text"',
    "1",
    "true",
    "{",
    "{}{}",
    "{'a':1}",
    '{"a":1,}',
    "NaN",
    "[".repeat(60_000),
    '{"a":'.repeat(10_000),
  ])("is refused where it is no object (case %#)", async (body) => {
    expect(await read(json, body)).toEqual({ ok: false, reason: "unreadable" });
  });
});

describe("what was sent", () => {
  it.each([form, json])("is refused as %s where its bytes are no UTF-8", { tags: ["asvs-2.2.1"] }, async (type) => {
    for (const hex of ["ff", "c080", "eda080", "f4908080", "e282", "80"]) {
      const around = type === json ? ['{"a":"', '"}'] : ["a=", "&b=c"];
      const bytes = Buffer.concat([Buffer.from(around[0] ?? ""), Buffer.from(hex, "hex"), Buffer.from(around[1] ?? "")]);
      expect(await read(type, bytes), hex).toEqual({ ok: false, reason: "unreadable" });
    }
  });

  it.each([form, json])("is read as %s, or refused, but never an error, whatever its bytes", async (type) => {
    const seeds = fc.constantFrom('{"a":', '"b"}', "a=b", "&", "=", "%", "%41", "+", "[", "{", "}", "\0", "\ufeff");
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(seeds, { maxLength: 10 }).map((parts) => new TextEncoder().encode(parts.join(""))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        const got = await read(type, Uint8Array.from(body));
        if (got.ok) expect(Object.getPrototypeOf(got.fields)).toBeNull();
      }),
    );
  });

  it.each([
    [form, "__proto__=x&constructor=y&a=1"],
    [json, '{"__proto__":"x","constructor":"y","a":"1"}'],
  ])("as %s reaches no prototype", { tags: ["asvs-15.3.6"] }, async (type, body) => {
    const got = await read(type, body);
    if (!got.ok) throw new Error("It was refused.");
    expect(Object.entries(got.fields).map(([key, value]) => [key, value])).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
      ["a", "1"],
    ]);
    expect(got.fields["toString"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("is read by what it says it is, in any case and with any parameter", async () => {
    for (const type of ["application/json", "Application/JSON", "application/json; charset=utf-8", " application/json ;x=y"])
      expect(await fieldsOf(type, '{"a":"1"}'), type).toEqual({ a: "1" });
    for (const type of [form.toUpperCase(), `${form};charset=UTF-8`]) expect(await fieldsOf(type, "a=1"), type).toEqual({ a: "1" });
  });

  it.each([
    undefined,
    "",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/json+x",
    "text/json",
    "application/xml",
  ])("is not read as %s, nor taken for an empty form", { tags: ["asvs-3.5.2"] }, async (type) => {
    const body = new TextEncoder().encode('{"csrf_token":"a"}&csrf_token=a');
    expect(await read(type, body)).toEqual({ ok: false, reason: "unsupported-type" });
  });
});
