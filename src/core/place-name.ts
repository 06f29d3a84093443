/** Names the place of an IP address in a language. */
import { messages } from "./place-name.messages.ts";
import type { Services } from "./services.ts";

/** Such as `Berlin, Germany`; undefined where the place is unknown. */
export function placeName(s: Services, ip: string, locale: string): string | undefined {
  const place = s.places.find(ip, locale);
  if (!place) return undefined;
  const { city, country } = place;
  return city === undefined ? country : s.translations.translator(locale).messages(messages)("cityAndCountry", { city, country });
}

/** The IP with its place where that is known, such as `81.2.69.142 (London, United Kingdom)`. */
export function ipWithPlace(s: Services, ip: string, locale: string): string {
  const place = placeName(s, ip, locale);
  return place === undefined ? ip : s.translations.translator(locale).messages(messages)("ipAndPlace", { ip, place });
}
