/** Hands a letter to a mail server. */
import type { Settings } from "../settings.ts";
export interface Letter {
    /** The exact address; nothing else is read out of it. */
    readonly to: string;
    readonly subject: string;
    readonly text: string;
    readonly html: string;
}
export interface Mailer {
    /** Resolves when the server has taken the letter. Throws what the server said, or that it said nothing in time. */
    readonly send: (letter: Letter) => Promise<void>;
    readonly close: () => void;
}
/** The mailer that the settings name, or undefined where there is none. The library is loaded with the first letter. */
export declare function openMailer({ smtpUrl, mailFrom }: Settings, waits?: {
    connectionTimeout: number;
    greetingTimeout: number;
    socketTimeout: number;
    letterTimeout: number;
}): Mailer | undefined;
/** How to reach the server that a URL names. */
export declare function transportOptions(smtpUrl: string): {
    host: string;
    port: number;
    secure: boolean;
    requireTLS: boolean;
    tls: {
        rejectUnauthorized: boolean;
    };
    auth?: {
        user: string;
        pass: string;
    };
    pool: true;
    maxConnections: number;
    maxRequeues: number;
    disableFileAccess: boolean;
    disableUrlAccess: boolean;
};
/** Whether a host's name in a URL means this machine. */
export declare function isLoopback(hostname: string): boolean;
