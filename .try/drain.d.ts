/** Ends a server without dropping a request that is on its way to it. */
import type { Server } from "node:http";
/** Watches a server, and gives what drains it. */
export declare function drainable(server: Server): () => Promise<void>;
