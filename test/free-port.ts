/** Finds a free TCP port. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Returns a free port for a server that another process opens, perhaps much later or again after a stop. It is below the ports that systems
 * give to outgoing connections and to servers with port 0. As long as this process runs, no other test run gets it, because the same UDP
 * port stays bound.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isClaimed(port)) return port;
  }
}

async function isClaimed(port: number): Promise<boolean> {
  const claim = createSocket("udp4").unref();
  const server = createServer();
  try {
    claim.bind({ port, address: "127.0.0.1", exclusive: true });
    await once(claim, "listening");
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return true;
  } catch {
    claim.close();
    return false;
  }
}
