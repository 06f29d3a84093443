// Runs on one engine: what it tests does not touch the database.
import { describe, expect, it } from "vitest";
import { lineWriter } from "./log.ts";

/** A file that takes so many bytes and then refuses, as a full disk or a full pipe does. */
function limited(room: number, code: string) {
  const taken: number[] = [];
  const file = { room, tries: 0, text: () => Buffer.from(taken).toString() };
  const write = (bytes: Uint8Array) => {
    file.tries++;
    if (file.room === 0) throw Object.assign(new Error(code), { code });
    const some = bytes.subarray(0, file.room);
    file.room -= some.length;
    taken.push(...some);
    return some.length;
  };
  return { file, lines: lineWriter(write) };
}

describe("log lines", () => {
  it.each(["ENOSPC", "EPIPE", "EIO"])("log lines: are dropped and counted at %s", (code) => {
    const { file, lines } = limited(0, code);
    const told: unknown[] = [];
    lines.onceWritable = (...words) => told.push(words);
    for (let i = 0; i < 3; i++) lines.write("lost\n");
    expect(file.tries).toBe(3);
    expect(lines.dropped()).toBe(3);
    file.room = 1_000;
    lines.write("kept\n");
    lines.write("kept too\n");
    expect(file.text()).toBe("kept\nkept too\n");
    expect(told).toEqual([[3, code]]);
  });

  it("log lines: never follow a partly written line", () => {
    const { file, lines } = limited(3, "ENOSPC");
    lines.write("torn apart\n");
    file.room = 1_000;
    lines.write("whole\n");
    expect(file.text()).toBe("tor\nwhole\n");
    expect(lines.dropped()).toBe(1);
  });

  it("log lines: a full pipe is retried briefly and once", () => {
    const { file, lines } = limited(0, "EAGAIN");
    lines.write("lost\n");
    const first = file.tries;
    expect(first).toBeGreaterThan(10);
    for (let i = 0; i < 5; i++) lines.write("lost\n");
    expect(file.tries).toBe(first + 5);
  });
});
