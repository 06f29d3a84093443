/** Signs users in: the only code that starts sessions. */
import { preparedInsert } from "../../db/prepared.ts";
import { lazy } from "../../platform/lazy.ts";
import { recordEvent } from "../audit/log.ts";
import { recordSuccess } from "../credentials/password/lockout.ts";
import { issueToken, type Token } from "../one-time-tokens/one-time-tokens.ts";
import { type Reservation, release } from "../rate-limits/rate-limits.ts";
import { actingAs, type RequestInfo } from "../request-info.ts";
import { inTransaction, type Services, type SignInStep, type SigningIn, type Transaction } from "../services.ts";
import { endLeastUsed } from "../sessions/end-least-used.ts";
import type { FactorId } from "../sessions/factor-id.ts";
import { levelOf, type Method, providerIn } from "../sessions/methods.ts";
import { endSession, hashSessionToken, newSessionToken, type Session, type SessionToken, type Visitor } from "../sessions/session.ts";
import type { RedeemedTrust, TrustChange } from "../two-factor/trusted-devices.ts";
import { type MappedRoles, setMappedRoles } from "../users/roles.ts";
import { type AccountRow, findUserById, toUser, type UserRow } from "../users/users.ts";
import { isNewDevice } from "./new-device.ts";
import { pendingSignInToken, type StoredSignIn } from "./pending-sign-in.ts";
import { mayLogIn, recordLogin } from "./record-login.ts";

/** A successful authentication. */
export interface Authentication {
  /** The account as it was read for the check. */
  readonly user: AccountRow;
  /** How the user authenticated, in the order of use. */
  readonly methods: readonly [Method, ...Method[]];
  /** When the user authenticated, in milliseconds since 1970, if that may be earlier, such as at another provider. */
  readonly authenticatedAt?: number | undefined;
  /** Set if a password was checked. */
  readonly password?: CheckedPassword | undefined;
  /** Counted attempts of earlier steps, released with a session only. */
  readonly attempts?: readonly Reservation[] | undefined;
  /** The identity at another provider that it began with. */
  readonly identity?: SessionIdentity | undefined;
  /** The second factor, or the passkey, that authenticated the user. */
  readonly factor?: FactorId | undefined;
  /** Set when the session starts. */
  readonly roles?: MappedRoles | undefined;
}

/** Stored with the session, so that the provider can end it. */
interface SessionIdentity {
  readonly id: string;
  /** Session at the provider. */
  readonly sid?: string | undefined;
}

interface CheckedPassword {
  /** The hash to store, if the stored one has another scheme or cost than new ones. */
  readonly upgradedHash?: string | undefined;
  /** The counted attempt, which a successful login releases. */
  readonly attempt: Reservation;
}

export interface SignInOptions {
  readonly remember: boolean;
  readonly info: RequestInfo;
  /** Whether the token is for the header of a JSON client and not for a cookie. */
  readonly isBearer?: boolean | undefined;
  /** The session that this browser had until now. Session fixation: it ends (ASVS 7.2.4). */
  readonly replaces?: Pick<Session, "tokenHash"> | undefined;
  /** Redirect target after a step that is still due. */
  readonly next?: string | undefined;
}

/** The user, the new session and its token. */
export interface SignedIn extends Visitor {
  readonly token: SessionToken;
  /** The account as it was before the login. */
  readonly before: AccountRow;
  /** Set if the cookie of a trusted browser changes. */
  readonly trust?: TrustChange | undefined;
}

/** A step is due: there is no session yet. */
export interface StepDue {
  readonly ok: false;
  readonly reason: "due";
  readonly due: SignInStep;
  /** Methods that the step accepts. */
  readonly methods: readonly Method[];
  /** Continues the sign-in, with 5 tries in 10 minutes. */
  readonly pending: Token;
  /** Set if the cookie of a trusted browser changes. */
  readonly trust?: TrustChange | undefined;
}

/** `changed`: the account changed since the authentication, or may not log in. `unverified`: the email must be verified first. */
export type SignInResult = ({ readonly ok: true } & SignedIn) | StepDue | { readonly ok: false; readonly reason: "changed" | "unverified" };

/**
 * Every way to authenticate ends here, and nothing else inserts a session. Second factor bypass: each {@link SignInStep} is checked, so no
 * way to log in can skip one (ASVS 6.3.4).
 */
export async function signIn(tx: Transaction, given: Authentication, options: SignInOptions): Promise<SignInResult> {
  if (mustVerifyFirst(tx, given.user)) return { ok: false, reason: "unverified" };
  const isTrusting = given.methods.includes("provider-mfa");
  const authentication = isTrusting ? { ...given, methods: await (await selfLinked.get()).acceptedMethods(tx, given) } : given;
  const trusted = await findTrust(tx, authentication, options);
  if (!trusted) return finish(tx, authentication, options);
  const result = await finish(tx, { ...authentication, methods: [...authentication.methods, "trusted-device"] }, options);
  return result.ok || result.reason === "due" ? { ...result, trust: trusted.change } : result;
}

/** Undefined unless a second step could be skipped: other sign-ins read nothing and load nothing. */
async function findTrust(
  tx: Transaction,
  { user, methods }: Authentication,
  { info, isBearer }: SignInOptions,
): Promise<RedeemedTrust | undefined> {
  if (user.two_factor_since === null || isBearer === true || tx.settings.twoFactorTrustMs === 0) return undefined;
  if (levelOf(methods) === 2 || methods.includes("trusted-device")) return undefined;
  const { redeemTrust } = await trustedDevices.get();
  return redeemTrust(tx, user.id, info);
}

const trustedDevices = lazy(() => import("../two-factor/trusted-devices.ts"));
/** Loaded where a provider has checked factors. */
const selfLinked = lazy(() => import("../identities/self-linked.ts"));

async function finish(tx: Transaction, authentication: Authentication, options: SignInOptions): Promise<SignInResult> {
  const { user, methods, identity, factor, roles, authenticatedAt } = authentication;
  const due = await firstDue(tx, { user, methods, info: options.info });
  if (due) return suspend(tx, authentication, options, due);
  const loggedIn = await recordLogin(tx, authentication);
  if (!loggedIn) return { ok: false, reason: "changed" };
  // Second factor bypass: a login that never passes its second step changes no roles of the account.
  if (roles) await setMappedRoles(tx, user.id, { ...roles, info: options.info, provider: providerIn(methods) });
  const after = (roles && (await findUserById(tx, user.id))) ?? loggedIn;
  // Account enumeration: only a successful login releases its attempt, since a refused one must cost the same as a wrong password (ASVS
  // 6.3.8).
  await release(tx, { counted: attemptsOf(authentication).flatMap(({ counted }) => counted) });
  const started = await startSession(tx, { before: user, user: after, methods, identity, factor, authenticatedAt }, options);
  // Account takeover: the owner hears at once that somebody recovers the account, or that the login has cancelled it.
  if (user.two_factor_since !== null) await tx.catalog.factorRecovery?.endIfOver(tx, user.id, options.info);
  return started;
}

/**
 * {@link signIn} in a transaction of its own. Account enumeration: none for an unverified email, so that the right password costs the same
 * queries as a wrong one (ASVS 6.3.8).
 */
export async function signInAtOnce(s: Services, authentication: Authentication, options: SignInOptions): Promise<SignInResult> {
  if (mustVerifyFirst(s, authentication.user)) return { ok: false, reason: "unverified" };
  return inTransaction(s, (tx) => signIn(tx, authentication, options));
}

interface Started {
  readonly before: AccountRow;
  readonly user: UserRow;
  readonly methods: readonly Method[];
  readonly identity: SessionIdentity | undefined;
  readonly factor: FactorId | undefined;
  readonly authenticatedAt: number | undefined;
}

async function startSession(
  tx: Transaction,
  { before, user, methods, identity, factor, authenticatedAt }: Started,
  { remember, info, isBearer, replaces }: SignInOptions,
): Promise<SignInResult> {
  const token = newSessionToken(isBearer);
  const now = tx.now();
  // An imported cookie proves that someone logged in elsewhere once: the session counts as old, so sensitive changes require re-authentication.
  const isOld = methods.every((method) => method === "legacy-cookie");
  // Stolen session at the provider: without `auth_time`, its factors may have been checked long ago, and would turn ours off.
  const isUndated = user.two_factor_since !== null && methods.includes("provider-mfa") && authenticatedAt === undefined;
  const session: Session = {
    tokenHash: hashSessionToken(token),
    remembered: remember,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + (remember ? tx.settings.rememberLifetimeMs : tx.settings.sessionLifetimeMs),
    authenticatedAt: isOld || isUndated ? 0 : Math.min(now, authenticatedAt ?? now),
    methods,
  };
  if (isOld) await recordEvent(tx, user.id, "session-migrated", info);
  const ended = replaces && (await endSession(tx, replaces));
  if (ended !== undefined && ended !== user.id) await recordEvent(tx, ended, "logged-out", info);
  await insertSession(tx, user, session, { ...info, identity, factor });
  if ((await endLeastUsed(tx, user, session)) > 0) await recordEvent(tx, user.id, "session-ended", info);
  await recordEvent(tx, user.id, "logged-in", info, { methods, provider: providerIn(methods) });
  const { newDeviceNotice } = tx.catalog;
  // Stolen credentials: the owner is told of a login from a new device (ASVS 6.3.5), also by an imported cookie, which may be stolen.
  if (newDeviceNotice && tx.settings.newDeviceNotice === "on" && (await isNewDevice(tx, before, info))) {
    await newDeviceNotice(tx, user, info);
  }
  if (before.erase_at !== null) await recordEvent(tx, user.id, "deletion-cancelled", info);
  return { ok: true, token, session, user: toUser(user), before };
}

interface Due {
  readonly step: SignInStep;
  readonly methods: readonly Method[];
}

async function firstDue(tx: Transaction, signingIn: SigningIn): Promise<Due | undefined> {
  for (const step of tx.catalog.signInSteps) {
    const methods = await step.due(tx, signingIn);
    if (methods.length > 0) return { step, methods };
  }
  return undefined;
}

function attemptsOf({ attempts = [], password }: Authentication): Reservation[] {
  return password ? [...attempts, password.attempt] : [...attempts];
}

/**
 * Stores the completed methods in a one-time token, and starts no session. Guessing at the step: its attempts stay counted until the step
 * succeeds, or each new login with a stolen password would bring five more tries (ASVS 6.6.3).
 */
async function suspend(
  tx: Transaction,
  authentication: Authentication,
  { remember, isBearer, next, info }: SignInOptions,
  due: Due,
): Promise<SignInResult> {
  const { user, methods, password, identity, roles } = authentication;
  if (!(await mayLogIn(tx, user, methods))) return { ok: false, reason: "changed" };
  if (password) await recordSuccess(tx, user, password.upgradedHash);
  await recordEvent(tx, user.id, "login-step-due", info, { provider: providerIn(methods) });
  const stored: StoredSignIn = {
    methods,
    remember,
    isBearer: isBearer === true,
    version: user.security_version,
    next,
    step: due.step.name,
    accepted: due.methods,
    attempts: attemptsOf(authentication),
    identity,
    roles,
  };
  const issue = { purpose: pendingSignInToken, userId: user.id, email: user.email, payload: JSON.stringify(stored) };
  const { token } = await issueToken(tx, issue);
  return { ok: false, reason: "due", due: due.step, methods: due.methods, pending: token };
}

/** Starts a session without authentication, as after these methods. Throws unless `NODE_ENV` is test. */
export async function beginSessionForTest(s: Services, userId: string, methods: readonly Method[] = ["password"]): Promise<SessionToken> {
  if (s.settings.environment !== "test") throw new Error("Sessions without authentication are for tests only.");
  const user = await findUserById(s, userId);
  if (!user) throw new Error("There is no such account.");
  const token = newSessionToken();
  const now = s.now();
  const times = { createdAt: now, lastSeenAt: now, authenticatedAt: now, expiresAt: now + s.settings.sessionLifetimeMs };
  const session: Session = { tokenHash: hashSessionToken(token), remembered: false, methods, ...times };
  await inTransaction(s, (tx) => insertSession(tx, user, session, { ...actingAs("test"), ip: "test" }));
  return token;
}

/** Expires a session without an audit event. Throws unless `NODE_ENV` is test. */
export async function expireSessionForTest(s: Services, token: SessionToken): Promise<void> {
  if (s.settings.environment !== "test") throw new Error("Sessions are expired early in tests only.");
  await s.db.updateTable("sessions").set({ expires_at: s.now() }).where("token_hash", "=", hashSessionToken(token)).execute();
}

/** Account squatting: an unverified signup must verify under every `SIGNUP` setting, because a stranger may have chosen its password. */
export function mustVerifyFirst({ settings }: Services, user: UserRow): boolean {
  return user.must_verify_since !== null || (settings.signup === "confirm" && user.email_verified_at === null);
}

interface SessionOrigin extends Pick<RequestInfo, "ip" | "userAgent"> {
  readonly identity?: SessionIdentity | undefined;
  readonly factor?: FactorId | undefined;
}

async function insertSession(tx: Transaction, user: UserRow, session: Session, info: SessionOrigin): Promise<void> {
  await insertRow(tx.db, {
    token_hash: session.tokenHash,
    user_id: user.id,
    remembered: session.remembered ? 1 : 0,
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    expires_at: session.expiresAt,
    authenticated_at: session.authenticatedAt,
    methods: session.methods.join(" "),
    ip: info.ip,
    user_agent: info.userAgent.slice(0, 300),
    // Other logins use the statement without these columns.
    ...(info.identity === undefined ? {} : { identity_id: info.identity.id, sid: info.identity.sid ?? null }),
    ...(info.factor === undefined ? {} : { factor_id: info.factor }),
  });
}

const insertRow = preparedInsert("sessions");
