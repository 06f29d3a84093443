/** Everything that a person can do here, in the order in which they meet it. */
import type { Feature } from "./feature.ts";
export declare const features: readonly Feature[];
