/** Declares the part of pngjs that tests use; it has no types of its own. */
declare module "pngjs" {
  interface Image {
    readonly width: number;
    readonly height: number;
    /** Four bytes a pixel: red, green, blue, alpha. */
    readonly data: Buffer;
  }
  export const PNG: {
    new (size: { readonly width: number; readonly height: number }): Image;
    readonly sync: { readonly read: (file: Uint8Array) => Image; readonly write: (image: Image) => Buffer };
  };
}
