/** Declares the hooks of metrics and traces; they receive no personal data. */
import type { pino } from "pino";
import type { Method } from "./sessions/methods.ts";

/** A request, by its route pattern: the URL may contain personal data. */
export interface ObservedRequest {
  readonly method: string;
  readonly route: string;
  readonly header: (name: string) => string | undefined;
}

/** A timed operation. */
export type Step = { readonly kind: "hash"; readonly scheme: string; readonly waitedMs: number } | { readonly kind: "email" };

/** An audit event without personal data. */
interface Happened {
  readonly event: string;
  /** How the user logged in, for `logged-in`. */
  readonly methods?: readonly Method[] | undefined;
  /** ID of the provider that it was with. */
  readonly provider?: string | undefined;
}

export interface Telemetry {
  /** Wraps the handling of a request, to measure its status and duration. */
  readonly request: (request: ObservedRequest, handle: () => Promise<Response>) => Promise<Response>;
  /** Wraps an operation, to measure its duration and failure. */
  readonly around: <T>(step: Step, work: () => Promise<T>) => Promise<T>;
  /** Counts an attempt refused by the rate limit of this name. */
  readonly limited: (name: string) => void;
  /** Counts a password refused because the hash queue is full. */
  readonly queueFull: () => void;
  /** Counts an audit event. */
  readonly happened: (event: Happened) => void;
  /** Counts a statement; its text contains no values. */
  readonly queried: (sql: string, tookMs: number, failed: boolean) => void;
  /** All metrics in the Prometheus text format; undefined if the main port does not serve them. */
  readonly report?: (() => Promise<{ readonly type: string; readonly text: string }>) | undefined;
}

export type Logger = Pick<pino.Logger, "debug" | "info" | "warn" | "error">;
