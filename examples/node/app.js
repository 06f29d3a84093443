import { createServer } from "node:http";
import { createLatchkey } from "latchkey";
import { latchkeyNode, loginRequired } from "latchkey/node";

const port = Number(process.env.PORT ?? 5050);
const latchkey = await createLatchkey({ databaseUrl: "sqlite:var/app.sqlite" });
const pages = latchkeyNode(latchkey);
const guard = loginRequired(latchkey);

const server = createServer(async (req, res) => {
  if (await pages(req, res)) return;
  if (req.url !== "/reports") {
    res.writeHead(404).end();
    return;
  }
  const user = await guard(req, res);
  if (user) res.end(`Hello ${user.username}`);
});
server.listen(port, () => console.log(`The app is at http://localhost:${port}`));
