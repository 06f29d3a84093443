/** Starts a real SMTP server that records emails and can reject them. */
import type { AddressInfo } from "node:net";
import { simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

interface Received {
  readonly from: string;
  readonly sender: { readonly name: string; readonly address?: string | undefined }[];
  readonly messageId: string;
  /** Name of the client (EHLO). */
  readonly name: string;
  readonly autoSubmitted: unknown;
  readonly to: string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Names of the headers. */
  readonly headers: string[];
}

export interface MailServer {
  readonly port: number;
  readonly received: Received[];
  /** Responses to the next emails: a status code or no response. */
  readonly refuses: (number | "silence")[];
  readonly close: () => Promise<void>;
}

export async function openMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const received: Received[] = [];
  const refuses: (number | "silence")[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    closeTimeout: 100,
    onRcptTo: (_address, _session, callback) => {
      const refusal = refuses.shift();
      if (refusal === "silence") return;
      if (refusal === undefined) callback();
      else callback(Object.assign(new Error("Not now"), { responseCode: refusal }));
    },
    onData: (stream, session, callback) => {
      simpleParser(stream)
        .then((mail) => {
          received.push({
            from: mail.from?.text ?? "",
            sender: mail.from?.value.map(({ name, address }) => ({ name, address })) ?? [],
            messageId: mail.messageId ?? "",
            name: String(session.hostNameAppearsAs),
            autoSubmitted: mail.headers.get("auto-submitted"),
            to: session.envelope.rcptTo.map(({ address }) => address),
            subject: mail.subject ?? "",
            text: mail.text ?? "",
            html: mail.html || "",
            headers: [...mail.headers.keys()],
          });
          callback();
        })
        .catch((error: Error) => callback(error));
    },
    ...options,
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return { port, received, refuses, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
