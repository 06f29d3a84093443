/** Sends the answers of one turn of the event loop together at its end. */
import { isToCome } from "../platform/soon.ts";

type Fetch<Env> = (request: Request, env: Env) => Response | Promise<Response>;

/**
 * A write wakes whoever waits for it, which takes longer than the write; of several in a row only the first does. So what is ready
 * waits until all requests that came with it have been worked on, as Redis does it.
 */
export function batchResponses<Env>(fetch: Fetch<Env>): Fetch<Env> {
  let ready: (() => void)[] = [];
  const send = () => {
    const all = ready;
    ready = [];
    for (const each of all) each();
  };
  const inTurn = (response: Response) =>
    new Promise<Response>((resolve) => {
      if (ready.length === 0) setImmediate(send);
      ready.push(() => resolve(response));
    });
  return (request, env) => {
    const response = fetch(request, env);
    return isToCome(response) ? response.then(inTurn) : inTurn(response);
  };
}
