/** The command `latchkey migrate`: brings the database to the schema of this version, or shows what that takes. */
import { Command } from "commander";
export declare function migrateCommand(): Command;
