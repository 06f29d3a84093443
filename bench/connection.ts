/** A minimal HTTP client: its CPU time is missing to the server. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface ConnectionRequest {
  readonly method?: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly cookies: readonly string[];
  /** Names of expired cookies. */
  readonly expired: readonly string[];
}

export class Connection {
  #socket: Socket | undefined;

  /** Sends a request and waits for the complete response (RFC 9112). Reconnects after `Connection: close`. */
  async send(url: string, { method = "GET", headers, body = "" }: ConnectionRequest): Promise<Answer> {
    const { host, hostname, port, pathname, search } = new URL(url);
    this.#socket ??= await open(hostname, Number(port));
    const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    const received = receive(this.#socket);
    this.#socket.write(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
    const { head, text } = await received;
    if (/\r\nconnection: close/i.test(head)) this.close();
    const cookies = [...head.matchAll(/\r\nset-cookie: ([^\r]+)/gi)].map((match) => match[1] ?? "");
    const isExpired = (line: string) => /max-age=0|expires=thu, 01 jan 1970/i.test(line);
    return {
      status: Number(head.slice(9, 12)),
      text,
      cookies: cookies.filter((line) => !isExpired(line)).map((line) => line.split(";", 1)[0] ?? ""),
      expired: cookies.filter(isExpired).map((line) => line.split("=", 1)[0] ?? ""),
    };
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

/** Sends a request over a new connection. */
export async function sendOnce(url: string, sending: ConnectionRequest): Promise<Answer> {
  const connection = new Connection();
  try {
    return await connection.send(url, sending);
  } finally {
    connection.close();
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
