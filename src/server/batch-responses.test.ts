// Runs on one engine: it opens no database.
import { describe, expect, it } from "vitest";
import { batchResponses } from "./batch-responses.ts";

describe("batched responses", () => {
  const ask = (path: string) => new Request(`http://localhost${path}`);

  it("batched responses: are sent in order after all requests of the turn", async () => {
    const order: string[] = [];
    const fetch = batchResponses<undefined>((request) => {
      order.push(`work ${request.url.slice(-1)}`);
      return new Response();
    });
    const sent: Promise<unknown>[] = [];
    for (const path of ["/a", "/b", "/c"]) {
      sent.push(Promise.resolve(fetch(ask(path), undefined)).then(() => order.push(`sent ${path.slice(-1)}`)));
      // As between two requests that are read in one turn: whatever can go on by itself does.
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
    await Promise.all(sent);
    expect(order).toEqual(["work a", "work b", "work c", "sent a", "sent b", "sent c"]);
  });

  it("batched responses: a slow response does not delay the others", async () => {
    const slow = Promise.withResolvers<Response>();
    const fetch = batchResponses<undefined>((request) => (request.url.endsWith("/slow") ? slow.promise : new Response("quick")));
    const waiting = fetch(ask("/slow"), undefined);
    expect(await (await fetch(ask("/quick"), undefined)).text()).toBe("quick");
    slow.resolve(new Response("slow"));
    expect(await (await waiting).text()).toBe("slow");
  });

  it("batched responses: an error affects its own request only", async () => {
    const fetch = batchResponses<undefined>((request) => {
      if (request.url.endsWith("/thrown")) throw new Error("thrown");
      return request.url.endsWith("/rejected") ? Promise.reject(new Error("rejected")) : new Response("fine");
    });
    const fine = fetch(ask("/fine"), undefined);
    await expect(fetch(ask("/thrown"), undefined)).rejects.toThrow("thrown");
    await expect(fetch(ask("/rejected"), undefined)).rejects.toThrow("rejected");
    expect(await (await fine).text()).toBe("fine");
  });
});
