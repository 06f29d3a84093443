export { GET, POST } from "../../../lib/latchkey.js";
