/** Sends the responses of one turn of the event loop together at its end. */

type Fetch<Env> = (request: Request, env: Env) => Response | Promise<Response>;

/**
 * A write to a socket wakes its reader, which takes longer than the write; of several in a row only the first does. So responses wait
 * until all requests that arrived with them have been worked on (decision 016).
 */
export function batchResponses<Env>(fetch: Fetch<Env>): (request: Request, env: Env) => Promise<Response> {
  let ready: (() => void)[] = [];
  const send = () => {
    const all = ready;
    ready = [];
    for (const each of all) each();
  };
  return async (request, env) => {
    const response = await fetch(request, env);
    await new Promise<void>((resolve) => {
      if (ready.length === 0) setImmediate(send);
      ready.push(resolve);
    });
    return response;
  };
}
