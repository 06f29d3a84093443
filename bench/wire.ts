/** A connection that sends requests one after another and does as little else as can be: what it takes is taken from the server beside it. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Sending {
  readonly method?: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly cookies: readonly string[];
  /** Names of the cookies that it takes away. */
  readonly dropped: readonly string[];
}

export class Wire {
  #socket: Socket | undefined;

  /** Sends a request and waits for the whole answer (RFC 9112). A connection that the server has closed is made anew. */
  async send(url: string, { method = "GET", headers, body = "" }: Sending): Promise<Answer> {
    const { host, hostname, port, pathname, search } = new URL(url);
    this.#socket ??= await open(hostname, Number(port));
    const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    const received = receive(this.#socket);
    this.#socket.write(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
    const { head, text } = await received;
    if (/\r\nconnection: close/i.test(head)) this.close();
    const cookies = [...head.matchAll(/\r\nset-cookie: ([^\r]+)/gi)].map((match) => match[1] ?? "");
    const isDropped = (line: string) => /max-age=0|expires=thu, 01 jan 1970/i.test(line);
    return {
      status: Number(head.slice(9, 12)),
      text,
      cookies: cookies.filter((line) => !isDropped(line)).map((line) => line.split(";", 1)[0] ?? ""),
      dropped: cookies.filter(isDropped).map((line) => line.split("=", 1)[0] ?? ""),
    };
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

/** The same over a connection of its own. */
export async function sendOnce(url: string, sending: Sending): Promise<Answer> {
  const wire = new Wire();
  try {
    return await wire.send(url, sending);
  } finally {
    wire.close();
  }
}

async function open(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, "connect");
  return socket;
}

interface Received {
  readonly head: string;
  readonly text: string;
}

function receive(socket: Socket): Promise<Received> {
  return new Promise((done, fail) => {
    let bytes: Buffer = Buffer.alloc(0);
    const settle = (answer: Received | Error) => {
      socket.off("data", take).off("close", end).off("error", settle);
      if (answer instanceof Error) fail(answer);
      else done(answer);
    };
    const take = (part: Buffer) => {
      bytes = bytes.length === 0 ? part : Buffer.concat([bytes, part]);
      const answer = read(bytes);
      if (answer) settle(answer);
    };
    const end = () => settle(new Error("The connection was closed before the answer was whole."));
    socket.on("data", take).once("close", end).once("error", settle);
  });
}

/** The answer, once all of it is there. */
function read(bytes: Buffer): Received | undefined {
  const at = bytes.indexOf("\r\n\r\n");
  if (at < 0) return undefined;
  const head = bytes.toString("latin1", 0, at);
  const body = bytes.subarray(at + 4);
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    return body.subarray(-5).equals(lastChunk) ? { head, text: body.toString() } : undefined;
  }
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return body.length >= length ? { head, text: body.toString() } : undefined;
}

const lastChunk = Buffer.from("0\r\n\r\n");
