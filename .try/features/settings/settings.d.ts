import type { Feature } from "../../feature.ts";
export declare const settings: Feature;
