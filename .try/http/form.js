/** The refusal for a spent budget, with how long to wait in words and in seconds. */
export function tooManyAttempts(retryAfterSeconds) {
    const minutes = Math.ceil(retryAfterSeconds / 60);
    const wait = retryAfterSeconds < 60
        ? count(retryAfterSeconds, "second")
        : minutes < 60
            ? count(minutes, "minute")
            : count(Math.ceil(minutes / 60), "hour");
    return { status: 429, code: "too-many-attempts", message: `Too many attempts. Please wait ${wait} and try again.`, retryAfterSeconds };
}
function count(number, unit) {
    return `${number} ${unit}${number === 1 ? "" : "s"}`;
}
