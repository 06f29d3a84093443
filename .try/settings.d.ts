import type { z } from "zod";
import { table } from "./settings-table.ts";
type Table = typeof table;
/** The settings as the program uses them: times in milliseconds, lists as lists. */
export type Settings = {
    readonly [Key in Exclude<keyof Table, "smtpUrl">]: z.output<Table[Key]["read"]>;
} & {
    readonly smtpUrl: string | undefined;
    /** Whether `BASE_URL` was set; if not, any loopback name of this machine counts as it. */
    readonly baseUrlIsGiven: boolean;
};
/** A setting that the program cannot start with. The message is one line for the operator and holds no secret. */
export declare class SettingsError extends Error {
    name: string;
}
/** What the README's table and `.env.example` are made from. */
export declare function describeSettings(): {
    env: string;
    fallback: string | undefined;
    meaning: string;
    expected: string;
}[];
/**
 * Reads the settings from an environment. Throws {@link SettingsError} at the first that is malformed, missing in
 * production, or so close to a known name that it must be a slip.
 */
export declare function readSettings(env: Readonly<Record<string, string | undefined>>): Settings;
/** Reads the process's environment over the `.env` file of the current folder, and makes development's secret key. */
export declare function readProcessSettings(): Settings;
export {};
