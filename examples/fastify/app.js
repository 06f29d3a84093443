import Fastify from "fastify";
import { createLatchkey } from "latchkey";
import { latchkeyFastify, loginRequired } from "latchkey/fastify";

const port = Number(process.env.PORT ?? 5050);
const latchkey = await createLatchkey({ databaseUrl: "sqlite:var/app.sqlite" });
const app = Fastify();
app.register(latchkeyFastify(latchkey));
app.get("/reports", { preHandler: loginRequired(latchkey) }, async (request) => `Hello ${request.user?.username}`);
await app.listen({ port });
console.log(`The app is at http://localhost:${port}`);
