/** How the program is watched, where somebody watches it. It is told what happens and how long it takes, never to whom. */
import type { pino } from "pino";

/** A request, by the pattern of its path: what stands in the address is nobody's business. */
export interface ObservedRequest {
  readonly method: string;
  readonly route: string;
  readonly header: (name: string) => string | undefined;
}

/** A piece of work that takes time. */
export type Step = { readonly kind: "hash"; readonly scheme: string; readonly waitedMs: number } | { readonly kind: "email" };

export interface Telemetry {
  /** Runs what answers a request, and sees its status and how long it took. */
  readonly request: (about: ObservedRequest, answer: () => Promise<Response>) => Promise<Response>;
  /** Runs a piece of work, and sees how long it takes and whether it fails. */
  readonly around: <T>(step: Step, work: () => Promise<T>) => Promise<T>;
  /** An attempt was refused, for a limit of this name is spent. */
  readonly limited: (name: string) => void;
  /** A password was refused unseen, for too many wait. */
  readonly queueFull: () => void;
  /** Something happened to an account, in the words of the audit's events. */
  readonly happened: (event: string) => void;
  /** A statement has run: its text has no values in it. */
  readonly queried: (sql: string, tookMs: number, failed: boolean) => void;
  /** Everything that was measured, as text for Prometheus; undefined where it is not to be had on the port of the pages. */
  readonly report?: (() => Promise<{ readonly type: string; readonly text: string }>) | undefined;
}

export type Logger = Pick<pino.Logger, "debug" | "info" | "warn" | "error">;
