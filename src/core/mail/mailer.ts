/** Hands a letter to a mail server. */
import { createRequire } from "node:module";
import { domainToASCII } from "node:url";
import type SmtpConnection from "nodemailer/lib/smtp-connection";
import type { Settings } from "../../config/load.ts";
import { lazy } from "../../platform/lazy.ts";

const require = createRequire(import.meta.url);

export interface Letter {
  /** The exact address; nothing else is read out of it. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same without digits, from when those are worth nothing. */
  readonly late?: { readonly from: number; readonly text: string; readonly html: string } | undefined;
}

export interface Mailer {
  /**
   * Resolves when the server has taken the letter. Throws what the server said, or that it said nothing in time. By its id, a letter
   * that goes out twice is known for the same.
   */
  readonly send: (letter: Letter, id: string) => Promise<void>;
  /**
   * Whether the server can write to such a mailbox at all: one with letters beyond ASCII before the @ takes SMTPUTF8 (RFC 6531), which
   * many servers lack. Yes while the server cannot be asked.
   */
  readonly canReach: (email: string) => Promise<boolean>;
  readonly close: () => void;
}

/** How long each step may take, and the letter as a whole: a server that hangs, or answers a word a minute, holds up one letter. */
const ordinaryWaits = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, letterTimeout: 60_000 };

/** The mailer that the settings name, or undefined where there is none. The library is loaded with the first letter. */
export function openMailer(settings: Settings, waits = ordinaryWaits): Mailer | undefined {
  const { smtpUrl, mailFrom } = settings;
  if (smtpUrl === undefined) return undefined;
  const { letterTimeout, ...stepWaits } = waits;
  const options = { ...transportOptions(smtpUrl), ...named(settings) };
  const transport = lazy(async () => loadNodemailer().createTransport({ ...options, ...stepWaits }));
  const takesUtf8 = lazy(() => asksForUtf8({ ...options, ...impatient }));
  return {
    send: async ({ to, subject, text, html }, id) => {
      const signal = AbortSignal.timeout(letterTimeout);
      // Its domain in ASCII (RFC 5322, 3.6.4), whatever letters the address is written in.
      const messageId = `<${id}@${domainToASCII(mailFrom.address.slice(mailFrom.address.lastIndexOf("@") + 1))}>`;
      // No absence note answers it (RFC 3834, 5).
      const headers = { "Auto-Submitted": "auto-generated" };
      // As objects, so that a comma in a name or an address adds no second one.
      await (await transport.get()).sendMail({
        from: mailFrom,
        to: { name: "", address: to },
        subject,
        text,
        html,
        messageId,
        headers,
        signal,
      });
    },
    canReach: async (email) => isAscii(email.slice(0, email.lastIndexOf("@"))) || takesUtf8.get().catch(() => true),
    close: () => {
      transport
        .peek()
        ?.then((opened) => opened.close())
        .catch(() => undefined);
    },
  };
}

/** For an operator or a form that waits. */
const impatient = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 5_000 };

function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}

/** Says EHLO and leaves. Throws where the server does not answer. */
function asksForUtf8(options: ConstructorParameters<typeof SmtpConnection>[0]): Promise<boolean> {
  const Connection = require("nodemailer/lib/smtp-connection") as typeof SmtpConnection;
  return new Promise((resolve, reject) => {
    const connection = new Connection(options);
    connection.once("error", (error: Error) => {
      connection.close();
      reject(error);
    });
    connection.connect(() => {
      resolve(/[ -]SMTPUTF8\b/im.test(String(connection.lastServerResponse)));
      connection.quit();
    });
  });
}

/**
 * What we call ourselves. A machine's own name often has no dot, as in a container; the library then says `[127.0.0.1]`, which relays
 * refuse. A host that is none of the internet's is left to the library.
 */
function named({ smtpName, baseUrl }: Settings): { name?: string } {
  if (smtpName !== undefined) return { name: smtpName };
  const { hostname } = new URL(baseUrl);
  if (isLoopback(hostname)) return {};
  if (/^\d+(?:\.\d+){3}$/.test(hostname)) return { name: `[${hostname}]` };
  return hostname.includes(".") ? { name: hostname } : {};
}

/** Connects to the server as a letter would, and says who we are. Throws what it said; does nothing where none is set. */
export async function tryMailServer(settings: Settings): Promise<void> {
  const { smtpUrl } = settings;
  if (smtpUrl === undefined) return;
  const { createTransport } = loadNodemailer();
  const transport = createTransport({ ...transportOptions(smtpUrl), pool: false, ...impatient, ...named(settings) });
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

/** By `require`, which tries again: Node keeps for good that an `import` of a CommonJS package failed. */
function loadNodemailer() {
  return require("nodemailer") as typeof import("nodemailer");
}

/** How to reach the server that a URL names. */
export function transportOptions(smtpUrl: string) {
  const url = new URL(smtpUrl);
  const isSecure = url.protocol === "smtps:";
  const mustEncrypt = !isSecure && !isLoopback(url.hostname) && url.searchParams.get("tls") !== "optional";
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port) || (isSecure ? 465 : 587),
    secure: isSecure,
    // Whoever sits in between could strike STARTTLS from the server's offer, so it is demanded (ASVS 12.3.1).
    requireTLS: mustEncrypt,
    // Where plain text will do, so does a certificate that nobody vouches for: a mail server on this machine has no other (RFC 7435).
    tls: { rejectUnauthorized: isSecure || mustEncrypt },
    ...(url.username === "" ? {} : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    pool: true as const,
    maxConnections: 2,
    // A connection that is lost may have taken the letter: whether it goes again is for the outbox to say.
    maxRequeues: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Whether a host's name in a URL means this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
