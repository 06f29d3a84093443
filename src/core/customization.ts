/** Declares the library options beside the settings: pages, emails, theme, fields. */
import type { User } from "./users/user.ts";

/** Escaped markup, as the `html` template returns it. */
export interface Markup {
  readonly toString: () => string;
}

/** The parts of an email, in the recipient's language. */
export interface EmailProps {
  /** Such as `password-locked`. */
  readonly kind: string;
  readonly siteName: string;
  /** Language of the email (BCP 47). */
  readonly locale: string;
  /** The display name; empty while the email is unverified, because the inbox may be a stranger's. */
  readonly name: string;
  /** States the topic on its own, without the body. */
  readonly subject: string;
  /** The text that a list of emails shows beside the subject. */
  readonly preheader: string;
  /** Whole sentences. */
  readonly paragraphs: readonly string[];
  /** Facts such as the time, device and IP address. Show them: recipients recognize their own actions by them. */
  readonly details?: readonly { readonly label: string; readonly value: string }[] | undefined;
  /** The 6-digit code. */
  readonly code?: string | undefined;
  /** The main link. Show it: no other part contains the URL. */
  readonly action?: { readonly text: string; readonly url: string } | undefined;
  /** Paragraphs after the details, the code or the link. */
  readonly after?: readonly string[] | undefined;
  /** A secondary link, such as "This wasn't me". Show it: recipients report unauthorized changes with it. */
  readonly footer?: { readonly text: string; readonly url: string } | undefined;
  /** Why the recipient gets this email. */
  readonly reason: string;
  /** The option `emailFooter`. */
  readonly postalAddress?: string | undefined;
}

/** An email, as it is sent. */
export interface OwnEmail {
  readonly subject: string;
  readonly text: string;
  readonly html: string | Markup;
}

/** The parts of a page. */
export interface PageProps {
  /** Such as `/login`, without `mountPath`. */
  readonly path: string;
  readonly title: string;
  readonly siteName: string;
  /** Language of the response (BCP 47). */
  readonly locale: string;
  /** Undefined without a login. */
  readonly user: User | undefined;
  /** The response to a JSON request. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Of a form: the token for its field `csrf_token`, the kept values and the errors. */
  readonly form: PageForm | undefined;
  /** The markup that is replaced. */
  readonly body: Markup;
  /** Adds `mountPath` to a path, for links: `url("/settings")`. */
  readonly url: (path: string) => string;
}

/** State of a form. */
export interface PageForm {
  /** For the hidden field `csrf_token`. */
  readonly csrfToken: string;
  readonly values: Readonly<Record<string, string>>;
  /** Error messages by field. */
  readonly problems: Readonly<Record<string, string>>;
  /** An error message about the whole form. */
  readonly message?: string;
}

/** A schema of additional account fields, such as a zod object. */
interface FieldSchema {
  readonly shape: Readonly<Record<string, unknown>>;
  readonly safeParse: (data: unknown) => FieldsRead;
}

type FieldsRead =
  | { readonly success: true; readonly data: unknown }
  | {
      readonly success: false;
      readonly error: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] };
    };

/** Ready themes. */
export type ThemePreset = "default" | "ink" | "clay";

/** Colors of the style sheet: `accent` is its property `--latchkey-accent`. */
export type ThemeColor =
  | "accent"
  | "on-accent"
  | "accent-soft"
  | "background"
  | "surface"
  | "text"
  | "muted"
  | "line"
  | "field-line"
  | "focus"
  | "danger"
  | "danger-soft"
  | "success"
  | "success-soft"
  | "warning"
  | "warning-soft"
  | "info"
  | "info-soft";

/** An opaque CSS color. One color applies to both schemes; as `accent`, each scheme gets a shade of it. */
export type ThemeColorValue = string | { readonly light: string; readonly dark: string };

/** Colors, corners, font, density and logo of pages and emails. */
export interface Theme {
  /** A ready theme, which the other members change. Default: `default`. */
  readonly preset?: ThemePreset | undefined;
  /**
   * Such as `{ accent: "#7a1f5c" }`; missing colors are derived. Text needs a contrast of 4.5:1 (WCAG 2.2, 1.4.3), fields and the focus
   * ring 3:1 (1.4.11); `createLatchkey` throws for given colors with less.
   */
  readonly colors?: Readonly<Partial<Record<ThemeColor, ThemeColorValue>>> | undefined;
  /** Corner radius, such as `4px` or `0`. */
  readonly radius?: string | undefined;
  /** Font families, such as `Georgia, serif`. */
  readonly font?: string | undefined;
  /** `compact` brings rows, fields and tables closer together. Default: `comfortable`. */
  readonly density?: ThemeDensity | undefined;
  /** Replaces the key icon: a path on the same host, or a `data:` URL, which emails don't show. A pair has one for each color scheme. */
  readonly logo?: string | { readonly light: string; readonly dark: string } | undefined;
}

/** Space in rows, fields and tables. */
export type ThemeDensity = "comfortable" | "compact";

/** A resolved theme. */
export interface Look {
  /** Empty without changes. */
  readonly styleSheet: string;
  /** Of emails; undefined for the default theme. */
  readonly email?: EmailTheme | undefined;
  readonly logo?: Logo | undefined;
  /** Files of the logo that this app serves. */
  readonly files?: readonly LookFile[];
}

/** The theme of emails, with colors as hex. */
interface EmailTheme {
  readonly colors: { readonly light: Readonly<Record<ThemeColor, string>>; readonly dark: Readonly<Record<ThemeColor, string>> };
  readonly radius?: string | undefined;
  readonly font?: string | undefined;
}

/** URLs of an image in each color scheme. */
export interface Logo {
  readonly light: string;
  /** Undefined if it is the same. */
  readonly dark?: string | undefined;
}

export interface LookFile {
  /** Below the mount path. */
  readonly path: string;
  readonly type: string;
  readonly bytes: Buffer;
}

export interface Customization {
  readonly pages: Readonly<Record<string, (props: PageProps) => Markup>>;
  readonly emails: Readonly<Partial<Record<string, (props: EmailProps) => OwnEmail>>>;
  readonly look: Look;
  readonly extraUserFields: FieldSchema | undefined;
  /** Routes of the pipeline that are left out, because the host app has their paths. */
  readonly without: ReadonlySet<"health" | "openapi">;
  /** Sends requests to providers, in tests; `fetch` by default. */
  readonly fetchProvider?: typeof fetch | undefined;
}

export const noCustomization: Customization = {
  pages: {},
  emails: {},
  look: { styleSheet: "" },
  extraUserFields: undefined,
  without: new Set(),
};
