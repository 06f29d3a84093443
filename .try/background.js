/** What goes on between requests: letters go out, and what is over is swept away. Every process does it; the database sees to it that none does it twice. */
import { randomInt } from "node:crypto";
import { sendDueLetters } from "./core/outbox.js";
import { sweepOnce } from "./core/sweep.js";
const lettersEveryMs = 1_000;
const sweepEveryMs = 60_000;
export function startBackground(s) {
    const stopping = new AbortController();
    // Processes that were started together drift apart, so that they do not all sweep at the same moment.
    const everyMs = sweepEveryMs + randomInt(sweepEveryMs / 4);
    const sweeping = repeat(s, { name: "sweep", everyMs, work: () => sweepOnce(s, stopping.signal) });
    const rounds = s.mailer
        ? [sweeping, repeat(s, { name: "letters", everyMs: lettersEveryMs, work: () => sendDueLetters(s, stopping.signal) })]
        : [sweeping];
    return {
        stop: async () => {
            stopping.abort();
            await Promise.all(rounds.map((stop) => stop()));
        },
    };
}
/** Runs `work` again and again, never twice at once. A round that fails is logged, and the next one comes all the same. */
function repeat(s, { name, everyMs, work }) {
    let underWay;
    const timer = setInterval(() => {
        underWay ??= work()
            .catch((error) => s.log.error({ err: error, work: name }, "work in the background failed"))
            .finally(() => {
            underWay = undefined;
        });
    }, everyMs);
    return async () => {
        clearInterval(timer);
        await underWay;
    };
}
