// Preloaded: the program sets no flag of V8.
import { syncBuiltinESMExports } from "node:module";
import v8 from "node:v8";

v8.setFlagsFromString = () => {};
syncBuiltinESMExports();
