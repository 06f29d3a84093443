/** Rejects Node.js before 24 with a clear message. */
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) throw new Error(`Latchkey needs Node.js 24 or later; this is ${process.versions.node}.`);

export {};
