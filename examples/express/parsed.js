// The same, where a body parser stands before it.
import express from "express";
import { createLatchkey } from "latchkey";
import { latchkeyExpress, loginRequired } from "latchkey/express";

const port = Number(process.env.PORT ?? 5050);
const latchkey = await createLatchkey({ databaseUrl: "sqlite:var/app.sqlite", mountPath: "/auth" });
const app = express();
app.use(express.urlencoded({ extended: true }), express.json());
app.use(latchkeyExpress(latchkey));
app.get("/reports", loginRequired(), (req, res) => res.type("text").send(`Hello ${req.user?.username}`));
app.listen(port, () => console.log(`The app is at http://localhost:${port}`));
