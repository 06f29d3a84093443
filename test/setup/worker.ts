/** Passes the databases of the run to each test file. */
import { inject } from "vitest";
import "./postgres.ts";
import "./sqlite.ts";

const databases = { ["TEST_POSTGRES"]: inject("postgres"), ["TEST_SQLITE"]: inject("sqlite") };
for (const [name, value] of Object.entries(databases)) if (value !== undefined) process.env[name] = value;
