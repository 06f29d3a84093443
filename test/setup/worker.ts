/** Once a test file: which database its apps are on. */
import { inject } from "vitest";
import "./postgres.ts";
import "./sqlite.ts";

const given = { ["TEST_POSTGRES"]: inject("postgres"), ["TEST_SQLITE"]: inject("sqlite") };
for (const [name, value] of Object.entries(given)) if (value !== undefined) process.env[name] = value;
