// Runs on one engine: it is independent of the database.
import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { somePlaces, writeMmdb } from "../../test/mmdb.ts";
import { openPlaces, PlacesFileError } from "./places.ts";
import type { Logger } from "./telemetry.ts";

const munich = "89.160.20.112";

describe("places", () => {
  let directory: string;
  let at = Date.UTC(2026, 10, 29);
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => void warnings.push(message) } as unknown as Logger;
  const file = (name: string, content: string | Buffer) => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  const openedAt = async (geoipFile: string) => {
    const places = openPlaces({ geoipFile }, log, () => at);
    await places.open();
    return places;
  };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "latchkey-places-"));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it("places: city and country are found in the language of the reader, else in English", async () => {
    const places = await openedAt(file("city.mmdb", writeMmdb()));
    expect(places.find(munich, "de")).toEqual({ city: "München", country: "Deutschland" });
    expect(places.find(munich, "en-GB")).toEqual({ city: "Munich", country: "Germany" });
    // The file has no Arabic: the country's name is that of the language, the city's is English.
    expect(places.find(munich, "ar")).toEqual({ city: "Munich", country: "ألمانيا" });
    expect(places.find("1.130.5.5", "en")).toEqual({ city: undefined, country: "Australia" });
    expect(places.find(`::ffff:${munich}`, "en")).toEqual({ city: "Munich", country: "Germany" });
  });

  it("places: private, reserved, unknown and unreadable addresses have none", async () => {
    const places = await openedAt(file("private.mmdb", writeMmdb()));
    for (const ip of [
      "10.1.2.3",
      "127.0.0.1",
      "::1",
      "fe80::1",
      "100.64.0.1",
      "203.0.113.9",
      "8.8.8.8",
      "2001:4860:4860::8888",
      "",
      "unknown",
      "1.2.3",
    ])
      expect(places.find(ip, "en"), ip).toBeUndefined();
  });

  it("places: without a file nothing is found", async () => {
    const places = await openedAt("");
    expect(places.find(munich, "en")).toBeUndefined();
  });

  it.each<[string, () => string, string]>([
    ["a missing file", () => join(directory, "none.mmdb"), "does not exist."],
    ["a directory", () => directory, "can't be read: it is a directory."],
    ["a text", () => file("text.mmdb", "a text\n"), "can't be read: it has another format, or is incomplete."],
    ["half a file", () => file("half.mmdb", writeMmdb().subarray(0, 600)), "can't be read: it has another format, or is incomplete."],
    ["the end of a file", () => file("end.mmdb", writeMmdb().subarray(-250)), "can't be read: it is incomplete."],
    ["a file of networks", () => file("asn.mmdb", writeMmdb(somePlaces, { type: "GeoLite2-ASN" })), "is GeoLite2-ASN."],
  ])("places: %s is refused with the name of the setting", async (_, path, reason) => {
    const error = await openedAt(path()).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(PlacesFileError);
    const { message } = error as Error;
    expect(message).toMatch(/^GEOIP_FILE must be /);
    expect(message).toContain(reason);
    expect(message).not.toContain("\n");
  });

  it("places: a replaced file is read within a minute; one that can't be read leaves the last one in use, and the next one works", async () => {
    const path = file("replaced.mmdb", writeMmdb());
    const places = await openedAt(path);
    const country = () => places.find(munich, "en")?.country;
    const replace = (content: string | Buffer) => renameSync(file("new.mmdb", content), path);

    replace(writeMmdb({ "89.160.20.0/24": { country: { en: "Sweden" }, code: "SE" } }));
    expect(country()).toBe("Germany");
    at += 60_000;
    expect(country()).toBe("Germany");
    await vi.waitUntil(() => country() === "Sweden", { timeout: 60_000 });

    for (const spoil of [() => replace("half a file"), () => unlinkSync(path)]) {
      warnings.length = 0;
      spoil();
      at += 60_000;
      expect(country()).toBe("Sweden");
      await vi.waitUntil(() => warnings.length === 1, { timeout: 60_000 });
      expect(country()).toBe("Sweden");
    }

    replace(writeMmdb());
    at += 60_000;
    country();
    await vi.waitUntil(() => country() === "Germany", { timeout: 60_000 });
  });

  it("places: a damaged record gives no place", async () => {
    const whole = writeMmdb();
    const start = whole.indexOf("country") - 1;
    const places = await openedAt(
      file("damaged.mmdb", Buffer.concat([whole.subarray(0, start - 1), Buffer.alloc(8, 0), whole.subarray(start + 7)])),
    );
    expect(places.find("81.2.69.1", "en")).toBeUndefined();
  });
});
