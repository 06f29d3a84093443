// Runs on one engine: it is independent of the database.
import { describe, expect, it } from "vitest";
import { lineWriter } from "./log.ts";

/** A log on a file with limited space, whose writes then fail with `code`. */
function limitedFile(space: number, code: string) {
  const written: number[] = [];
  const file = { space, tries: 0, text: () => Buffer.from(written).toString() };
  const write = (bytes: Uint8Array) => {
    file.tries++;
    if (file.space === 0) throw Object.assign(new Error(code), { code });
    const part = bytes.subarray(0, file.space);
    file.space -= part.length;
    written.push(...part);
    return part.length;
  };
  return { file, lines: lineWriter(write) };
}

describe("log lines", () => {
  it.each(["ENOSPC", "EPIPE", "EIO"])("log lines: are dropped and counted at %s", (code) => {
    const { file, lines } = limitedFile(0, code);
    const reports: unknown[] = [];
    lines.onceWritable = (...report) => reports.push(report);
    for (let i = 0; i < 3; i++) lines.write("lost\n");
    expect(file.tries).toBe(3);
    expect(lines.dropped()).toBe(3);
    file.space = 1_000;
    lines.write("kept\n");
    lines.write("kept too\n");
    expect(file.text()).toBe("kept\nkept too\n");
    expect(reports).toEqual([[3, code]]);
  });

  it("log lines: never follow a partly written line", () => {
    const { file, lines } = limitedFile(3, "ENOSPC");
    lines.write("partial\n");
    file.space = 1_000;
    lines.write("whole\n");
    expect(file.text()).toBe("par\nwhole\n");
    expect(lines.dropped()).toBe(1);
  });

  it("log lines: a full pipe is retried for the first line only", () => {
    const { file, lines } = limitedFile(0, "EAGAIN");
    lines.write("lost\n");
    const first = file.tries;
    expect(first).toBeGreaterThan(10);
    for (let i = 0; i < 5; i++) lines.write("lost\n");
    expect(file.tries).toBe(first + 5);
  });
});
