import { noStore, respond } from "./headers.js";
export function answerHealth(hono, s) {
    hono.get("/healthz", (c) => respond(c, ok, 200, asJson));
    hono.get("/readyz", async (c) => {
        try {
            await s.db.selectFrom("users").select("id").limit(1).execute();
            return respond(c, ok, 200, asJson);
        }
        catch (error) {
            s.log.error({ err: error }, "the database does not answer");
            return respond(c, '{"status":"unavailable"}', 503, { ...asJson, "retry-after": "5" });
        }
    });
}
const ok = '{"status":"ok"}';
const asJson = { ...noStore, "content-type": "application/json" };
