/** Settings of the server: listening, secrets, proxies and processes. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import { asOrigin, asRanges, duration, durationOrNone, wholeNumber } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const server = {
  port: {
    env: "PORT",
    default: "5050",
    schema: wholeNumber(0, 65_535),
    format: "a whole number from 0 to 65535",
    description: "Port to listen on. `0` picks a free port.",
  },
  host: {
    env: "HOST",
    default: "127.0.0.1",
    schema: z.string().min(1),
    format: "an IP address or host name of this machine",
    description: "IP address to listen on. Keep the default behind a proxy on the same machine.",
  },
  baseUrl: {
    env: "BASE_URL",
    default: undefined,
    schema: z.string().transform(asOrigin),
    format: "the public URL, such as https://accounts.example.com, without a path",
    description:
      "Public URL. Used for links in emails and for the origin check of forms; with https, cookies are `Secure`. Required in production; the default in development is `http://localhost:PORT`.",
  },
  mountPath: {
    env: "MOUNT_PATH",
    default: "",
    schema: z.string().refine((text) => text === "" || /^(?:\/[a-z0-9_-]+){1,5}$/i.test(text)),
    format: "empty, or a path such as /auth",
    description: "Path prefix of all pages below `BASE_URL`. Empty: no prefix.",
  },
  environment: {
    env: "NODE_ENV",
    default: "development",
    schema: z.enum(["development", "production", "test"]),
    format: "development, production or test",
    description:
      "`production` requires `SECRET_KEY` and `BASE_URL`. An https `BASE_URL`, a `BASE_URL` on another host, or `TRUST_PROXY` counts as production too: `SECRET_KEY` is then required and `/dev/mailbox` is off.",
  },
  secretKeys: {
    env: "SECRET_KEY",
    default: undefined,
    schema: z
      .string()
      .transform((text) => text.split(",").map((key) => key.trim()))
      .refine((keys) => keys.every((key) => key.length >= 32))
      .meta({ option: "string | readonly string[]" }),
    format: "at least 32 characters (several keys separated by commas); generate one with: npx latchkey secrets generate",
    description:
      "Signs cookies and encrypts queued emails. The first key signs, all of them verify, so keys can be rotated without logging users out. Required in production; development generates one in `var/secret-key`.",
    secret: true,
  },
  trustedProxies: {
    env: "TRUST_PROXY",
    default: "",
    schema: z.string().transform(asRanges).meta({ option: "string | readonly string[]" }),
    format: "IP addresses or CIDR ranges separated by commas, such as 127.0.0.1, 10.0.0.0/8",
    description:
      "Proxies whose `X-Forwarded-For` is trusted. Set it behind a proxy; otherwise all users share the proxy's IP address and its rate limits.",
  },
  workers: {
    env: "WORKERS",
    default: "1",
    schema: z.union([z.literal("auto").transform(() => availableParallelism()), wholeNumber(1, 256)]),
    format: "auto or a whole number from 1 to 256",
    description: "Number of processes that share the port. `auto` starts one per CPU. `SIGHUP` restarts them one by one.",
  },
  keepAliveMs: {
    env: "KEEP_ALIVE",
    default: "75s",
    schema: duration(600_000),
    format: "a duration such as 75s, 10m at most",
    description:
      "How long idle connections stay open. Set it longer than the proxy's own idle timeout (nginx: `keepalive_timeout`) to avoid 502 responses.",
  },
  lameDuckMs: {
    env: "LAME_DUCK",
    default: undefined,
    schema: durationOrNone(300_000),
    format: "a duration such as 5s, 5m at most, or 0",
    description:
      "How long to keep serving after `SIGTERM` while `/readyz` returns 503, so that load balancers stop sending requests first (docs/health.md). Default: 5s in production, 0 in development.",
  },
} satisfies Section;
