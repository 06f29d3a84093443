/** Checks the file of places: readable and recent. */
import type { Settings } from "../config/load.ts";
import { PlacesFileError, readPlacesFile } from "../core/places.ts";
import type { Finding } from "./findings.ts";

const dayMs = 24 * 3_600_000;
/** Addresses move, and MaxMind's license requires current files. */
const maxAgeDays = 90;

export async function checkPlaces({ geoipFile }: Pick<Settings, "geoipFile">, now: number): Promise<Finding[]> {
  if (geoipFile === "") return [];
  const setting = "GEOIP_FILE";
  try {
    const { metadata } = await readPlacesFile(geoipFile);
    const days = Math.floor((now - metadata.buildEpoch.getTime()) / dayMs);
    if (days <= maxAgeDays) return [];
    const risk = "Places are wrong, and MaxMind's license requires current files.";
    return [
      { level: "warning", setting, problem: `${geoipFile} is ${days} days old.`, risk, fix: "Update it weekly, such as by geoipupdate." },
    ];
  } catch (error) {
    if (!(error instanceof PlacesFileError)) throw error;
    const problem = error.message.replace(/^GEOIP_FILE must/, "It must");
    return [{ level: "error", setting, problem, risk: "The server doesn't start.", fix: "Set it to an .mmdb file, or remove it." }];
  }
}
