/** How the program lets V8 make its objects. */
import { setFlagsFromString } from "node:v8";

/**
 * Has every object begin among the young. V8 makes what has so far lived long among the old at once, by the place in the code. While
 * hundreds wait for their passwords to be hashed, that is what belongs to every request; from then on each request, over in a
 * millisecond, would hold on to all that it used until the whole heap is collected: 250 MB where there are 150.
 */
export function disablePretenuring(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
}
