/** The command `latchkey copy`: moves everything from one database to another. */
import { Command } from "commander";
export declare function copyCommand(): Command;
