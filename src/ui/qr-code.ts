/** Draws QR codes as SVG. */
import { type Html, html } from "./html.ts";

/** Light modules around the code (ISO/IEC 18004, 6.3.8). */
const quietZone = 4;

/** One path, in the same colors in each theme: cameras expect dark modules on a light ground. `label` is the alternative for screen readers. */
export async function drawQrCode(text: string, label: string): Promise<Html> {
  const { encode } = await import("uqr");
  const { data, size } = encode(text, { ecc: "M", border: quietZone });
  let path = "";
  for (const [y, line] of data.entries()) {
    for (let x = 0; x < size; x++) {
      const start = x;
      while (line[x]) x++;
      if (x > start) path += `M${start} ${y}h${x - start}v1h${start - x}z`;
    }
  }
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}"><rect width="100%" height="100%" fill="#fff"/><path fill="#000" d="${path}"/></svg>`;
}
