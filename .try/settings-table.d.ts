import { z } from "zod";
export interface SettingRow<T> {
    readonly env: string;
    /** What stands in the environment when nothing is set; undefined where there is no fixed default. */
    readonly fallback: string | undefined;
    readonly read: z.ZodType<T, string>;
    /** Completes "… must be". */
    readonly expected: string;
    readonly meaning: string;
    readonly secret?: true;
}
export declare const table: {
    port: SettingRow<number>;
    host: SettingRow<string>;
    environment: SettingRow<"development" | "production" | "test">;
    databaseUrl: SettingRow<string>;
    databaseConnections: SettingRow<number>;
    databaseTimeoutMs: SettingRow<number>;
    databasePooler: SettingRow<"none" | "transaction">;
    workers: SettingRow<number>;
    secretKeys: SettingRow<string[]>;
    baseUrl: SettingRow<string>;
    siteName: SettingRow<string>;
    signup: SettingRow<"closed" | "confirm" | "open">;
    trustedProxies: SettingRow<import("./setting-kinds.ts").ProxyRanges>;
    smtpUrl: SettingRow<string>;
    mailFrom: SettingRow<string>;
    logLevel: SettingRow<"debug" | "error" | "info" | "silent" | "warn">;
    sessionIdleMs: SettingRow<number>;
    sessionForMs: SettingRow<number>;
    rememberIdleMs: SettingRow<number>;
    rememberForMs: SettingRow<number>;
    freshLoginMs: SettingRow<number>;
    sessionsPerAccount: SettingRow<number>;
    auditForMs: SettingRow<number>;
    eraseAfterMs: SettingRow<number>;
    passwordMinLength: SettingRow<number>;
    passwordRules: SettingRow<"none" | "upper-and-digit">;
    breachedPasswordsUrl: SettingRow<string>;
    hashQueue: SettingRow<number>;
    loginPerAccount: SettingRow<import("./setting-kinds.ts").Budget>;
    loginPerAddress: SettingRow<import("./setting-kinds.ts").Budget>;
    loginPerSite: SettingRow<import("./setting-kinds.ts").Budget>;
    loginPerDevice: SettingRow<import("./setting-kinds.ts").Budget>;
    lettersPerMailbox: SettingRow<import("./setting-kinds.ts").Budget>;
    lettersPerMailboxLong: SettingRow<import("./setting-kinds.ts").Budget>;
    lettersPerAddress: SettingRow<import("./setting-kinds.ts").Budget>;
    codesPerAddress: SettingRow<import("./setting-kinds.ts").Budget>;
    signupPerAddress: SettingRow<import("./setting-kinds.ts").Budget>;
};
