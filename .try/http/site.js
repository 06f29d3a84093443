import { createLayout } from "../ui/layout.js";
import { readAssets } from "./assets.js";
import { safetyHeaders } from "./headers.js";
export function prepareSite(s) {
    const { settings } = s;
    const assets = readAssets();
    return {
        assets,
        headers: safetyHeaders(s),
        layout: createLayout({ siteName: settings.siteName, signupIsOpen: settings.signup !== "closed", assetUrl: assets.url }),
    };
}
