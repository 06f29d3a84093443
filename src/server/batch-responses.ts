/** Batches the responses of one turn of the event loop. */

type Fetch<Env> = (request: Request, env: Env) => Response | Promise<Response>;

/** Delays responses until all requests of the turn are handled: the first of several socket writes wakes the reader, which is slow (decision 016). */
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
