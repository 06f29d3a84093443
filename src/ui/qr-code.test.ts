/** Tests the drawing of QR codes. */
// Runs on one engine: it opens no database.
import { encode } from "uqr";
import { describe, expect, it } from "vitest";
import { drawQrCode } from "./qr-code.ts";

const uri = "otpauth://totp/Latchkey:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Latchkey";

describe("QR code", () => {
  it("QR code: one path draws exactly the dark modules, with four light ones around them", async () => {
    const svg = String(await drawQrCode(uri, "A <label>"));
    expect(svg.match(/<path/g)).toHaveLength(1);
    expect(svg).toContain('role="img" aria-label="A &lt;label&gt;"');
    expect(svg).not.toContain("style=");
    const { data, size } = encode(uri, { ecc: "M", border: 0 });
    expect(svg).toContain(`viewBox="0 0 ${size + 8} ${size + 8}"`);
    const drawn = Array.from({ length: size + 8 }, () => Array<boolean>(size + 8).fill(false));
    for (const [, x = "", y = "", width = "", back = ""] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)) {
      expect(back).toBe(width);
      for (let i = 0; i < Number(width); i++) (drawn[Number(y)] ?? [])[Number(x) + i] = true;
    }
    const expected = drawn.map((line, y) => line.map((_, x) => data[y - 4]?.[x - 4] ?? false));
    expect(drawn).toEqual(expected);
  });
});
