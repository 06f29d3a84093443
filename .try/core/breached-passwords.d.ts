import type { Services } from "./services.ts";
/**
 * Whether the service knows the password. It learns five hexadecimal digits of its SHA-1 and nothing else (k-anonymity).
 * A service that is slow, down or odd stops nobody from choosing a password: the answer is then no.
 */
export declare function isBreached(s: Services, password: string): Promise<boolean>;
