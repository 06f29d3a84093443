/** Sends emails over SMTP. */
import { createRequire } from "node:module";
import { domainToASCII } from "node:url";
import type SmtpConnection from "nodemailer/lib/smtp-connection";
import type { Settings } from "../../config/load.ts";
import { lazy } from "../../platform/lazy.ts";

const require = createRequire(import.meta.url);

export interface Email {
  /** Undefined for a test email. */
  readonly kind?: string | undefined;
  /** One email address, exactly as stored; never parsed as a list. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The content to send once its code has expired: from `from` on. */
  readonly late?: { readonly from: number; readonly text: string; readonly html: string } | undefined;
}

export interface Mailer {
  /** Resolves when the server has accepted the email; throws its reply, or a timeout. `id` makes the Message-ID, so a duplicate is recognized. */
  readonly send: (email: Email, id: string) => Promise<void>;
  /**
   * Whether the server can deliver to this email: a local part beyond ASCII needs SMTPUTF8 (RFC 6531), which many servers lack.
   * True while the server cannot be reached.
   */
  readonly canReach: (email: string) => Promise<boolean>;
  readonly close: () => void;
}

/** Limits for each step and for an email as a whole, so that a server that hangs or answers slowly delays one email only. */
const defaultTimeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, emailTimeout: 60_000 };

/** Returns the mailer for `SMTP_URL`, or undefined without one. Loads nodemailer with the first email. */
export function openMailer(settings: Settings, timeouts = defaultTimeouts): Mailer | undefined {
  const { smtpUrl } = settings;
  if (smtpUrl === undefined) return undefined;
  const { emailTimeout, ...stepTimeouts } = timeouts;
  const options = { ...transportOptions(smtpUrl), ...ehloName(settings) };
  const transport = lazy(async () => loadNodemailer().createTransport({ ...options, ...stepTimeouts }));
  const takesUtf8 = lazy(() => supportsUtf8({ ...options, ...shortTimeouts }));
  return {
    send: async (email, id) => {
      const signal = AbortSignal.timeout(emailTimeout);
      await (await transport.get()).sendMail({ ...mimeOf(settings, email, id), signal });
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

/** Returns the headers and parts of an email as they would be sent, without sending it. */
export async function emailSource(settings: Settings, email: Email, id: string): Promise<string> {
  const transport = loadNodemailer().createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  const { message } = await transport.sendMail(mimeOf(settings, email, id));
  return String(message);
}

/** The headers have no `List-…`: these emails are transactional, and nobody can unsubscribe from them. */
function mimeOf({ mailFrom }: Settings, { to, subject, text, html }: Email, id: string) {
  return {
    from: { name: mailFrom.name, address: mailFrom.email },
    // Recipient injection: objects are not parsed, so a comma adds no second recipient.
    to: { name: "", address: to },
    subject,
    text,
    html,
    // The domain must be ASCII (RFC 5322, 3.6.4).
    messageId: `<${id}@${domainToASCII(mailFrom.email.slice(mailFrom.email.lastIndexOf("@") + 1))}>`,
    // Suppresses automatic replies (RFC 3834, 5).
    headers: { "Auto-Submitted": "auto-generated" },
  };
}

/** For a form or a command that waits for the result. */
const shortTimeouts = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 5_000 };

function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}

/** Whether the reply to EHLO lists SMTPUTF8. Throws if the server does not answer. */
function supportsUtf8(options: ConstructorParameters<typeof SmtpConnection>[0]): Promise<boolean> {
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
 * The name for EHLO. Without one, nodemailer sends `[127.0.0.1]` for a host name without a dot, as in a container, and relays refuse
 * that.
 */
function ehloName({ smtpName, baseUrl }: Settings): { name?: string } {
  if (smtpName !== undefined) return { name: smtpName };
  const { hostname } = new URL(baseUrl);
  if (isLoopback(hostname)) return {};
  if (/^\d+(?:\.\d+){3}$/.test(hostname)) return { name: `[${hostname}]` };
  return hostname.includes(".") ? { name: hostname } : {};
}

/** Connects and logs in without sending. Throws the server's reply; does nothing without `SMTP_URL`. */
export async function tryMailServer(settings: Settings): Promise<void> {
  const { smtpUrl } = settings;
  if (smtpUrl === undefined) return;
  const { createTransport } = loadNodemailer();
  const transport = createTransport({ ...transportOptions(smtpUrl), pool: false, ...shortTimeouts, ...ehloName(settings) });
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

/** By `require`: Node caches the failure of an `import` of a CommonJS package, and never retries. */
function loadNodemailer() {
  return require("nodemailer") as typeof import("nodemailer");
}

/** Options of nodemailer for an SMTP URL. */
export function transportOptions(smtpUrl: string) {
  const url = new URL(smtpUrl);
  const isSecure = url.protocol === "smtps:";
  const mustEncrypt = !isSecure && !isLoopback(url.hostname) && url.searchParams.get("tls") !== "optional";
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port) || (isSecure ? 465 : 587),
    secure: isSecure,
    // STARTTLS stripping: encryption is required, not merely used if offered (ASVS 12.3.1).
    requireTLS: mustEncrypt,
    // Where plain text is allowed, so is a self-signed certificate, as local mail servers have it (opportunistic security, RFC 7435).
    tls: { rejectUnauthorized: isSecure || mustEncrypt },
    ...(url.username === "" ? {} : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    pool: true as const,
    maxConnections: 2,
    // A lost connection may have accepted the email: retries are up to the outbox.
    maxRequeues: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Whether a URL's hostname is this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
