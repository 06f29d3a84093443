/** Settings of how the program serves, and how it stops; they stand in the table with all others. */
import { z } from "zod";
import { duration, durationOrNone } from "../parsers.ts";
import { row } from "../setting.ts";

export const servingSettings = {
  clearSiteData: row(
    "CLEAR_SITE_DATA",
    "none",
    z.enum(["none", "storage"]),
    "none or storage",
    "What a logout has the browser clear beside our cookies: `storage` takes what scripts stored for the host of `BASE_URL` (`localStorage`, IndexedDB, service workers), an app’s on the same host too.",
  ),
  keepAliveMs: row(
    "KEEP_ALIVE",
    "75s",
    duration(600_000),
    "a time such as 75s, of 10m at most",
    "How long a connection without a request is kept open. Keep it longer than the proxy in front keeps its own (nginx: `keepalive_timeout`), or the proxy sends a request just as the connection closes.",
  ),
  lameDuckMs: row(
    "LAME_DUCK",
    undefined,
    durationOrNone(300_000),
    "a time such as 5s, of 5m at most, or 0 for none",
    "How long the program goes on serving after `SIGTERM`, while `/readyz` answers 503, so that a load balancer stops sending requests first (docs/health.md). Without it, 5s in production and none in development.",
  ),
};
