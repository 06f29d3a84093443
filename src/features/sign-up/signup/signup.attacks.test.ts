/** Tests attacks on sign-up: invalid emails and invisible usernames. */
import { afterAll, describe, expect, it } from "vitest";
import { testApp } from "../../../../test/person.ts";

const app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h" });
afterAll(() => app.close());

describe("sign-up attacks", () => {
  it("sign-up: an email without an at sign gets 422", { tags: ["asvs-2.2.1"] }, async () => {
    for (const [i, email] of ["example.com", "zq7probe.test"].entries()) {
      expect((await app.person({ username: `bare${i}`, email }).signsUp()).status, email).toBe(422);
    }
  });

  it("sign-up: invisible characters in a username or email get 422", { tags: ["asvs-2.2.1"] }, async () => {
    const invisible = {
      fillers: "\u3164\u3164\u3164",
      jamo: "\u115f\u1160\u115f",
      khmer: "\u1780\u17b4\u17b5",
      halfwidth: "\uffa0\uffa0\uffa0",
    };
    for (const [what, username] of Object.entries(invisible)) {
      expect((await app.person({ username, email: `${what}@example.com` }).signsUp()).status, what).toBe(422);
    }
    expect((await app.person({ username: "김철수", email: "kim@example.com" }).signsUp()).status).toBe(303);
    expect((await app.person({ username: "김철수\u3164", email: "twin@example.com" }).signsUp()).status).toBe(422);
    expect((await app.person({ username: "unseen", email: "\u3164\u3164@example.com" }).signsUp()).status).toBe(422);
  });
});
