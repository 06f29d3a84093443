// Runs on one engine: it is independent of the database.
import fc from "fast-check";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { Env } from "../context.ts";
import { type Body, readBody } from "./body.ts";

const form = "application/x-www-form-urlencoded";
const json = "application/json";

/** Sends a request with this body and returns the result of `readBody`. */
async function parse(type: string | undefined, body: string | Uint8Array<ArrayBuffer>): Promise<Body> {
  let parsed: Body = { ok: false, reason: "unreadable" };
  const hono = new Hono<Env>().post("/", async (c) => {
    parsed = await readBody(c);
    return c.body(null);
  });
  const { status } = await hono.request("/", {
    method: "POST",
    body: Buffer.from(body),
    headers: type === undefined ? {} : { "content-type": type },
  });
  if (status !== 200) throw new Error("readBody threw an error.");
  return parsed;
}

/** Returns the fields as a plain object, because `toEqual` compares prototypes. */
async function fieldsOf(type: string, body: string | Uint8Array<ArrayBuffer>): Promise<unknown> {
  const result = await parse(type, body);
  return result.ok ? { ...result.fields } : "rejected";
}

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => text !== "__proto__");
const wellFormed = fc.string({ unit: "grapheme" });

describe("form body", () => {
  it("form body: any text is parsed unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, wellFormed, { noNullPrototype: true }), async (fields) => {
        expect(await fieldsOf(form, new URLSearchParams(fields).toString())).toEqual(fields);
      }),
    );
  });

  it.each([form, json])("request body: a charset other than UTF-8 is an unsupported type: %s", async (type) => {
    const body = type === form ? "a=%FE%FF" : "{}";
    for (const charset of ["utf-16", "iso-8859-1", '"latin1"', "windows-1252", "utf-7"])
      expect(await parse(`${type}; charset=${charset}`, body), charset).toEqual({ ok: false, reason: "unsupported-type" });
    for (const charset of ["utf-8", "UTF8", '"utf-8"', "us-ascii"])
      expect((await parse(`${type};Charset=${charset}`, type === form ? "a=b" : "{}")).ok, charset).toBe(true);
  });

  it("form body: is percent-decoded exactly once", { tags: ["asvs-1.1.1"] }, async () => {
    expect(await fieldsOf(form, "next=%252F%252Fevil.test&a+b=%2B+%26%3D")).toEqual({ next: "%2F%2Fevil.test", "a b": "+ &=" });
  });

  it("form body: a repeated field becomes a list", { tags: ["asvs-15.3.7"] }, async () => {
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
  ])("form body: field names are kept literally: %j", async (body, fields) => {
    expect(await fieldsOf(form, body)).toEqual(fields);
  });

  it.each(["a=%", "a=%zz", "a=%u0041", "a=%ff", "a=%c0%80", "a=%ed%a0%80", "%ff=a"])(
    "form body: an invalid percent escape is unreadable: %s",
    async (body) => {
      expect(await parse(form, body)).toEqual({ ok: false, reason: "unreadable" });
    },
  );

  it("form body: more than 100 fields are unreadable", { tags: ["asvs-15.2.2"] }, async () => {
    const fields = (count: number) => Array.from({ length: count }, (_, i) => `f${i}=${i}`).join("&");
    expect(Object.keys((await fieldsOf(form, fields(100))) as object)).toHaveLength(100);
    expect(await parse(form, fields(101))).toEqual({ ok: false, reason: "unreadable" });
    expect(await parse(form, "&".repeat(100))).toEqual({ ok: false, reason: "unreadable" });
  });
});

describe("JSON body", () => {
  it("JSON body: any members of an object are parsed unchanged", async () => {
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
  ])("JSON body: anything but an object is unreadable (case %#)", async (body) => {
    expect(await parse(json, body)).toEqual({ ok: false, reason: "unreadable" });
  });
});

describe("request body", () => {
  it.each([form, json])("request body: invalid UTF-8 is unreadable: %s", { tags: ["asvs-2.2.1"] }, async (type) => {
    for (const hex of ["ff", "c080", "eda080", "f4908080", "e282", "80"]) {
      const around = type === json ? ['{"a":"', '"}'] : ["a=", "&b=c"];
      const bytes = Buffer.concat([Buffer.from(around[0] ?? ""), Buffer.from(hex, "hex"), Buffer.from(around[1] ?? "")]);
      expect(await parse(type, bytes), hex).toEqual({ ok: false, reason: "unreadable" });
    }
  });

  it.each([form, json])("request body: random bytes never throw: %s", async (type) => {
    const seeds = fc.constantFrom('{"a":', '"b"}', "a=b", "&", "=", "%", "%41", "+", "[", "{", "}", "\0", "\ufeff");
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(seeds, { maxLength: 10 }).map((parts) => new TextEncoder().encode(parts.join(""))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        const result = await parse(type, Uint8Array.from(body));
        if (result.ok) expect(Object.getPrototypeOf(result.fields)).toBeNull();
      }),
    );
  });

  it.each([
    [form, "__proto__=x&constructor=y&a=1"],
    [json, '{"__proto__":"x","constructor":"y","a":"1"}'],
  ])("request body: __proto__ is an ordinary field: %s", { tags: ["asvs-15.3.6"] }, async (type, body) => {
    const result = await parse(type, body);
    if (!result.ok) throw new Error("The body was rejected.");
    expect(Object.entries(result.fields).map(([key, value]) => [key, value])).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
      ["a", "1"],
    ]);
    expect(result.fields["toString"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("request body: the media type may have any case and parameters", async () => {
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
  ])("request body: the media type %s is unsupported, not an empty form", { tags: ["asvs-3.5.2"] }, async (type) => {
    const body = new TextEncoder().encode('{"csrf_token":"a"}&csrf_token=a');
    expect(await parse(type, body)).toEqual({ ok: false, reason: "unsupported-type" });
  });
});
