/** Declares the part of gettext-parser that the translation tool uses; the package has no types. */
declare module "gettext-parser" {
  export interface PoEntry {
    msgctxt?: string;
    msgid: string;
    msgid_plural?: string;
    msgstr: string[];
    comments?: { reference?: string; flag?: string; extracted?: string; translator?: string };
  }
  export interface PoFile {
    charset: string;
    headers: Record<string, string>;
    /** Entries by `msgctxt`, then by `msgid`. */
    translations: Record<string, Record<string, PoEntry>>;
  }
  const gettextParser: {
    readonly po: {
      readonly parse: (text: string, options?: { validation?: boolean }) => PoFile;
      readonly compile: (file: PoFile, options?: { foldLength?: number }) => Buffer;
    };
  };
  export default gettextParser;
}
