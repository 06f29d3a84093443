// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { batchResponses } from "./batch-responses.ts";

describe("batched responses", () => {
  const request = (path: string) => new Request(`http://localhost${path}`);

  it("batched responses: are sent in order after all requests of the turn", async () => {
    const order: string[] = [];
    const fetch = batchResponses<undefined>(({ url }) => {
      order.push(`work ${url.slice(-1)}`);
      return new Response();
    });
    const sent: Promise<unknown>[] = [];
    for (const path of ["/a", "/b", "/c"]) {
      sent.push(Promise.resolve(fetch(request(path), undefined)).then(() => order.push(`sent ${path.slice(-1)}`)));
      // Runs all pending microtasks, like between two requests of one turn.
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
    await Promise.all(sent);
    expect(order).toEqual(["work a", "work b", "work c", "sent a", "sent b", "sent c"]);
  });

  it("batched responses: a slow response does not delay the others", async () => {
    const slow = Promise.withResolvers<Response>();
    const fetch = batchResponses<undefined>(({ url }) => (url.endsWith("/slow") ? slow.promise : new Response("quick")));
    const waiting = fetch(request("/slow"), undefined);
    expect(await (await fetch(request("/quick"), undefined)).text()).toBe("quick");
    slow.resolve(new Response("slow"));
    expect(await (await waiting).text()).toBe("slow");
  });

  it("batched responses: an error affects its own request only", async () => {
    const fetch = batchResponses<undefined>(({ url }) => {
      if (url.endsWith("/thrown")) throw new Error("thrown");
      return url.endsWith("/rejected") ? Promise.reject(new Error("rejected")) : new Response("fine");
    });
    const fine = fetch(request("/fine"), undefined);
    await expect(fetch(request("/thrown"), undefined)).rejects.toThrow("thrown");
    await expect(fetch(request("/rejected"), undefined)).rejects.toThrow("rejected");
    expect(await (await fine).text()).toBe("fine");
  });
});
