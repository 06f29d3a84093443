/** What a site changes about us in code: the library's options beyond the settings. The program changes nothing. */

/** Markup, as the `html` template gives it: its texts are escaped. */
export interface Markup {
  readonly toString: () => string;
}

/** What a letter says: what ours is made of, and what a site's own gets. */
export interface LetterProps {
  /** What it is about, such as `password-changed`; features declare them. */
  readonly kind: string;
  readonly siteName: string;
  /** What the person is called; empty where the reader may be somebody else. */
  readonly name: string;
  /** Ours, short and clear on its own. */
  readonly subject: string;
  /** Ours, whole sentences. */
  readonly paragraphs: readonly string[];
  /** Six digits to type. */
  readonly code?: string | undefined;
  /** What the letter is for: a link, which stands in no other place. */
  readonly action?: { readonly text: string; readonly url: string } | undefined;
  /** What comes after the code or the link. */
  readonly after?: readonly string[] | undefined;
  /** A second, lesser link, such as "this was not me". Without it, people lose their way to take an account back. */
  readonly footer?: { readonly text: string; readonly url: string } | undefined;
}

export interface OwnLetter {
  readonly subject: string;
  readonly text: string;
  readonly html: string | Markup;
}

/** What a page shows: what ours is made of, and what a site's own gets. */
export interface PageProps {
  /** Such as `/login`, without the path that everything lives under. */
  readonly path: string;
  readonly title: string;
  readonly siteName: string;
  /** Whoever is logged in. */
  readonly user: PageUser | undefined;
  /** What the page tells a program. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Where the page is a form: the token for its field `csrf_token`, what was typed, and what is wrong with it. */
  readonly form: PageForm | undefined;
  /** Our own markup. */
  readonly body: Markup;
  /** A path of Latchkey's as it stands in a link, wherever that lives: `url("/settings")`. */
  readonly url: (path: string) => string;
}

interface PageUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly displayName: string;
  readonly roles: readonly string[];
}

export interface PageForm {
  readonly csrfToken: string;
  readonly values: Readonly<Record<string, string>>;
  readonly problems: Readonly<Record<string, string>>;
  readonly message?: string;
}

/** A schema that checks fields of a person's: a zod object is one. */
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

/** The colors of our style sheet. */
export type ThemeColor = "accent" | "on-accent" | "background" | "surface" | "text" | "muted" | "line" | "field-line" | "focus";

/** Any CSS color without transparency. One for both schemes; as `accent`, it is the brand's color, and each scheme gets its own shade. */
export type ThemeColorValue = string | { readonly light: string; readonly dark: string };

export interface Theme {
  /**
   * Such as `{ accent: "#7a1f5c" }`: what was not given follows from what was. Text keeps a contrast of 4.5 to 1 or more (WCAG 2.2,
   * 1.4.3), fields and the focus ring 3 to 1 (1.4.11); given colors that have less are refused.
   */
  readonly colors?: Readonly<Partial<Record<ThemeColor, ThemeColorValue>>> | undefined;
  /** The radius of corners, such as `4px`. */
  readonly radius?: string | undefined;
  /** Families of fonts, such as `Georgia, serif`. */
  readonly font?: string | undefined;
  /** A picture instead of the key: a path on the same host, or a `data:` URL, which emails do not show. */
  readonly logo?: string | undefined;
}

/** A theme, worked out. */
export interface Look {
  /** Empty where nothing differs. */
  readonly styleSheet: string;
  /** Hex colors of a button in an email. */
  readonly button?: { readonly background: string; readonly text: string } | undefined;
  readonly logo?: string | undefined;
}

export interface Customization {
  readonly pages: Readonly<Record<string, (props: PageProps) => Markup>>;
  readonly letters: Readonly<Partial<Record<string, (props: LetterProps) => OwnLetter>>>;
  readonly look: Look;
  readonly extraUserFields: FieldSchema | undefined;
  /** Names of flows that are left out; and of `health` and `openapi`, where these paths are an app's own. */
  readonly without: ReadonlySet<string>;
}

export const noCustomization: Customization = {
  pages: {},
  letters: {},
  look: { styleSheet: "" },
  extraUserFields: undefined,
  without: new Set(),
};
