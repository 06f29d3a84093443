/** Reads the settings from the environment and from `.env`, and refuses what is malformed, missing or misspelt. */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseEnv } from "node:util";
import { distance } from "./setting-kinds.js";
import { table } from "./settings-table.js";
/** A setting that the program cannot start with. The message is one line for the operator and holds no secret. */
export class SettingsError extends Error {
    name = "SettingsError";
}
/** What the README's table and `.env.example` are made from. */
export function describeSettings() {
    return Object.values(table).map(({ env, fallback, meaning, expected }) => ({ env, fallback, meaning, expected }));
}
/**
 * Reads the settings from an environment. Throws {@link SettingsError} at the first that is malformed, missing in
 * production, or so close to a known name that it must be a slip.
 */
export function readSettings(env) {
    refuseSlips(Object.keys(env));
    const values = {};
    for (const [key, setting] of Object.entries(table))
        values[key] = readOne(setting, env[setting.env]);
    const production = values["environment"] === "production";
    if (production)
        for (const setting of [table.secretKeys, table.baseUrl])
            requireInProduction(setting, env[setting.env]);
    return withDerived(values);
}
function withDerived(given) {
    const baseUrl = given.baseUrl ?? `http://localhost:${given.port}`;
    return {
        ...given,
        baseUrl,
        baseUrlIsGiven: given.baseUrl !== undefined,
        secretKeys: given.secretKeys ?? [],
        signup: given.signup ?? (given.smtpUrl === undefined ? "open" : "confirm"),
        mailFrom: given.mailFrom ?? `${given.siteName} <no-reply@${new URL(baseUrl).hostname}>`,
    };
}
/** Reads the process's environment over the `.env` file of the current folder, and makes development's secret key. */
export function readProcessSettings() {
    const fromFile = existsSync(".env") ? parseEnv(readFileSync(".env", "utf8")) : {};
    refuseUnknown(Object.keys(fromFile));
    const settings = readSettings({ ...fromFile, ...process.env });
    return settings.secretKeys.length > 0 ? settings : { ...settings, secretKeys: [keptSecretKey(settings)] };
}
/** Development's key stands beside the database, made once and readable by its owner only. */
function keptSecretKey({ databaseUrl }) {
    const folder = databaseUrl.startsWith("sqlite:") ? dirname(databaseUrl.replace(/^sqlite:/, "")) : "var";
    const path = `${folder}/secret-key`;
    if (existsSync(path))
        return readFileSync(path, "utf8").trim();
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Written aside and then given its name, so that another process that starts now never reads half a key.
    const aside = `${path}.${process.pid}`;
    writeFileSync(aside, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
    try {
        linkSync(aside, path);
    }
    catch (error) {
        if (error.code !== "EEXIST")
            throw error;
    }
    finally {
        rmSync(aside);
    }
    return readFileSync(path, "utf8").trim();
}
function readOne(setting, text) {
    const given = text === undefined || (text === "" && setting.fallback !== "") ? setting.fallback : text;
    if (given === undefined)
        return undefined;
    const result = setting.read.safeParse(given);
    if (result.success)
        return result.data;
    throw new SettingsError(`${setting.env} is ${setting.secret ? "(hidden)" : JSON.stringify(given)}, but must be ${setting.expected}.`);
}
function requireInProduction(setting, text) {
    if (!text)
        throw new SettingsError(`${setting.env} is not set. In production it must be ${setting.expected}.`);
}
/** Environments are full of other programs' names, so only what looks like a slip of one of ours is refused. */
function refuseSlips(names) {
    const known = Object.values(table).map((setting) => setting.env);
    for (const name of names) {
        if (known.includes(name))
            continue;
        const meant = known.find((each) => each.length >= 6 && distance(each, name) <= 2);
        if (meant ?? name.startsWith("LIMIT_"))
            throw unknownSetting(name, meant);
    }
}
function refuseUnknown(names) {
    const known = Object.values(table).map((setting) => setting.env);
    for (const name of names) {
        if (!known.includes(name))
            throw unknownSetting(name, known.find((each) => distance(each, name) <= 3));
    }
}
function unknownSetting(name, meant) {
    return new SettingsError(`${name} is not a setting${meant ? `; did you mean ${meant}?` : ". The README lists them all."}`);
}
