/** Refuses an older Node by its own name: otherwise the first thing that it lacks would be what is complained of. */
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) throw new Error(`latchkey: this is Node ${process.versions.node}, and Node 24 or later is needed.`);

export {};
