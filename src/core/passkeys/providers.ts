/** Names the provider of a passkey, such as "Google Password Manager". */
import { lazy } from "../../platform/lazy.ts";

/** Loaded with the first passkey that is added or listed. */
const names = lazy(async () => {
  const { providers } = await import("./providers.data.ts");
  const found = new Map<string, string>();
  for (const line of providers.trim().split("\n")) {
    const [name = "", ids = ""] = line.split("|");
    for (const id of ids.split(",")) found.set(id, name);
  }
  return found;
});

/** Undefined for unknown models, and for authenticators that do not say theirs. */
export async function providerName(aaguid: string): Promise<string | undefined> {
  return (await names.get()).get(aaguid.replaceAll("-", ""));
}
