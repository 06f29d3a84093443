/** Compares screenshots with the pictures of `test/pictures`; `UPDATE_PICTURES=1` replaces those. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

const expectedFolder = resolve(import.meta.dirname, "pictures");
const differenceFolder = resolve(import.meta.dirname, "../node_modules/.cache/pictures");
/** Of all pixels, for differences in how machines smooth the edges of letters. */
const tolerance = 0.001;
/** Returns what differs; undefined if the pictures look the same. */
export function differenceTo(name: string, taken: Uint8Array): string | undefined {
  const path = resolve(expectedFolder, `${name}.png`);
  if (process.env["UPDATE_PICTURES"]) {
    // An unchanged picture keeps its bytes, so that a commit holds the changed ones only.
    if (!existsSync(path) || compare(name, path, taken) !== undefined) write(path, taken);
    return undefined;
  }
  if (!existsSync(path)) return `${name} has no picture. Look at it and add it: UPDATE_PICTURES=1 npm run test:e2e`;
  return compare(name, path, taken);
}

function compare(name: string, path: string, taken: Uint8Array): string | undefined {
  const [expected, actual] = [PNG.sync.read(readFileSync(path)), PNG.sync.read(taken)];
  const takenPath = resolve(differenceFolder, `${name}.png`);
  const { width, height } = expected;
  if (actual.width !== width || actual.height !== height) {
    write(takenPath, taken);
    return `${name} is ${actual.width}×${actual.height}, not ${width}×${height}: see ${takenPath}`;
  }
  const difference = new PNG({ width, height });
  const count = pixelmatch(expected.data, actual.data, difference.data, width, height, { threshold: 0.03 });
  if (count <= width * height * tolerance) return undefined;
  write(takenPath, taken);
  write(resolve(differenceFolder, `${name}.difference.png`), PNG.sync.write(difference));
  return `${name} differs in ${count} pixels: see ${takenPath} and .difference.png beside it`;
}

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
