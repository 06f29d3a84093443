// Preloaded: disables V8 flags.
import { syncBuiltinESMExports } from "node:module";
import v8 from "node:v8";

v8.setFlagsFromString = () => {};
syncBuiltinESMExports();
