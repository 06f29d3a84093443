// Runs on one engine: it opens no database.
import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Messages } from "../i18n/messages.ts";
import { features } from "./index.ts";
import { messagesOf } from "./messages.ts";

const allMessages = messagesOf(features);

const source = join(import.meta.dirname, "..");

describe("messages of all features", () => {
  it("messages: every file x.messages.ts is collected, under the name of its file", async () => {
    const files = globSync("**/*.messages.ts", { cwd: source });
    expect(files).toHaveLength(allMessages.length);
    for (const file of files) {
      const { messages } = (await import(join(source, file))) as { messages: Messages };
      expect(allMessages).toContain(messages);
      expect(`${messages.name}.messages.ts`).toBe(file.split("/").at(-1));
    }
  });

  it("messages: parameters are letters between braces", () => {
    const texts = allMessages.flatMap((each) =>
      Object.values(each.texts).flatMap((text) => (typeof text === "string" ? [text] : Object.values(text))),
    );
    expect(texts.filter((text) => /[{}]/.test(text.replaceAll(/\{[A-Za-z]\w*\}/g, "")))).toEqual([]);
  });
});
