import type { Services } from "./services.ts";
/**
 * One JSON object, piece by piece: an account that was guessed at for months has more records than should stand in memory, or
 * be read in one go, while others wait. Instants are written as ISO 8601.
 */
export declare function collectData(s: Services, userId: string): AsyncGenerator<string>;
