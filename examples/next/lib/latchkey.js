import { createLatchkey } from "latchkey";
import { latchkeyNext } from "latchkey/next";

const latchkey = await createLatchkey({ databaseUrl: "sqlite:var/app.sqlite", mountPath: "/auth" });

export const { GET, POST, currentUser, loginRequired } = latchkeyNext(latchkey);
