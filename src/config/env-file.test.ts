/** Tests reading `.env`. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { EnvFileError, parseEnvText, readEnvFile } from "./env-file.ts";

describe("env file", () => {
  it("env file: a # starts a comment only after white space", () => {
    const text = [
      "PEPPER=s3cr#t/pepper==",
      "KEY=abc#def # the old one",
      "FIRST=#1",
      "EMPTY= # nothing",
      "TAB=a#b\t#c",
      "# PORT=1",
      "  # PORT=2",
      'QUOTED="a # b" # c',
    ];
    expect(parseEnvText(text.join("\n"))).toEqual({
      PEPPER: "s3cr#t/pepper==",
      KEY: "abc#def",
      FIRST: "#1",
      EMPTY: "",
      TAB: "a#b",
      QUOTED: "a # b",
    });
  });

  it("env file: everything else is parsed like Node does", () => {
    for (const text of [
      "A=1\r\nB=2\r\n",
      "export A=1\n  B = two words  \n",
      "A=\nB=''\nC=\"\"",
      'A=\'single $x \\n\'\nB="a\\nb"\nC=`it\'s "so"`',
      'A="two\nlines"\nB=a=b==\n',
      'A=it\'s\nB=a"b"c\n',
      "\n\n# only this\n",
      "A=1\nA=2",
      "UNICODE=pässwörd ☃",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the test is that nothing is expanded
      "A=\\d+\nB=${A}",
    ])
      expect(parseEnvText(text), JSON.stringify(text)).toEqual({ ...parseEnv(text) });
  });

  it("env file: a byte-order mark is ignored, and unreadable files are rejected", () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-env-"));
    try {
      const path = join(folder, ".env");
      writeFileSync(path, "\ufeffPORT=5050\r\nHOST=::1\r\n");
      expect(readEnvFile(path)).toEqual({ PORT: "5050", HOST: "::1" });
      expect(readEnvFile(join(folder, "none"))).toEqual({});
      writeFileSync(path, Buffer.from("\ufeffPORT=5050", "utf16le"));
      expect(() => readEnvFile(path)).toThrow(EnvFileError);
      mkdirSync(join(folder, "folder"));
      expect(() => readEnvFile(join(folder, "folder"))).toThrow(EnvFileError);
      symlinkSync(join(folder, "nowhere"), join(folder, "link"));
      expect(() => readEnvFile(join(folder, "link"))).toThrow(EnvFileError);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("env file: a malformed line is rejected by its number, without its value", () => {
    for (const [text, line] of [
      ["A=1\nsecret", 2],
      ['A="1\nB=secret', 1],
      ["A='secret'x", 1],
      ["\n=secret", 2],
      ["1A=secret", 1],
    ] as const) {
      let message = "";
      try {
        parseEnvText(text);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message, text).toContain(`line ${line}:`);
      expect(message).not.toContain("secret");
    }
  });
});
