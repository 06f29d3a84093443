/** Once a test file: which server its apps are on. */
import { inject } from "vitest";
import "./server.ts";

process.env["TEST_POSTGRES"] = inject("postgres");
