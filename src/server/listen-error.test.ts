// Runs on one engine: it is independent of the database.
import { describe, expect, it } from "vitest";
import { readSettings } from "../config/load.ts";
import { listenError } from "./listen-error.ts";

/** The error message for a port that is in use. */
function messageFor(setting: "PORT" | "METRICS_PORT", ports: Record<string, string>): string {
  const settings = readSettings({ SECRET_KEY: "a key of the tests that is long enough", ...ports });
  return listenError(Object.assign(new Error("listen"), { code: "EADDRINUSE" }), setting, settings).message;
}

describe("port in use", () => {
  it("port in use: the message suggests a free port that is not the other port", () => {
    expect(messageFor("PORT", { PORT: "6101" })).toContain("Set PORT to another value, such as PORT=6102.");
    expect(messageFor("METRICS_PORT", { PORT: "6102", METRICS_PORT: "6101" })).toContain("such as METRICS_PORT=6103.");
    expect(messageFor("PORT", { PORT: "6101", METRICS_PORT: "6102" })).toContain("such as PORT=6103.");
    expect(messageFor("PORT", { PORT: "65535", METRICS_PORT: "65534" })).toContain("such as PORT=65533.");
    expect(messageFor("METRICS_PORT", { PORT: "65535", METRICS_PORT: "65534" })).toContain("such as METRICS_PORT=65533.");
  });

  it("port in use: PORT and METRICS_PORT with the same value are reported", () => {
    for (const port of ["PORT", "METRICS_PORT"] as const)
      expect(messageFor(port, { PORT: "6101", METRICS_PORT: "6101" })).toBe(
        `PORT and METRICS_PORT are both 6101. Set one of them to another value, such as ${port}=6102.`,
      );
  });
});
