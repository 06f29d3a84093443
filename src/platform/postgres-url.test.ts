// Runs on one engine: it is independent of the database.
import { describe, expect, it } from "vitest";
import { postgresUrlProblem, readPostgresUrl } from "./postgres-url.ts";

describe("PostgreSQL URL", () => {
  it("PostgreSQL URL: several hosts are parsed, with or without ports, and require a writable one", () => {
    expect(readPostgresUrl("postgres://a%40b:p%2Cw@one:5433,two,[2001:db8::1]:5434,[::1]/db?sslmode=verify-full")).toEqual({
      needsWrites: true,
      hosts: [
        { name: "one:5433", url: "postgres://a%40b:p%2Cw@one:5433/db?sslmode=verify-full" },
        { name: "two", url: "postgres://a%40b:p%2Cw@two/db?sslmode=verify-full" },
        { name: "[2001:db8::1]:5434", url: "postgres://a%40b:p%2Cw@[2001:db8::1]:5434/db?sslmode=verify-full" },
        { name: "[::1]", url: "postgres://a%40b:p%2Cw@[::1]/db?sslmode=verify-full" },
      ],
    });
    expect(readPostgresUrl("postgres:///db?host=one,two,::1&port=5433&user=ada")).toEqual({
      needsWrites: true,
      hosts: [
        { name: "one:5433", url: "postgres://one:5433/db?user=ada" },
        { name: "two:5433", url: "postgres://two:5433/db?user=ada" },
        { name: "[::1]:5433", url: "postgres://[::1]:5433/db?user=ada" },
      ],
    });
  });

  it("PostgreSQL URL: target_session_attrs sets whether a writable host is required", () => {
    const needsWrites = (text: string) => readPostgresUrl(text)?.needsWrites;
    expect(needsWrites("postgres://one/db")).toBe(false);
    expect(needsWrites("postgres://one/db?target_session_attrs=read-write")).toBe(true);
    expect(needsWrites("postgres://one/db?target_session_attrs=primary")).toBe(true);
    expect(needsWrites("postgres://one,two/db?target_session_attrs=any")).toBe(false);
    expect(readPostgresUrl("postgres://one,two/db?target_session_attrs=read-write")?.hosts[1]?.url).toBe("postgres://two/db");
  });

  it("PostgreSQL URL: a single host or socket is kept as it is", () => {
    for (const url of ["postgres://a:b@one:5432/db", "postgresql:///db?host=%2Frun%2Fpostgresql", "postgres://[::1]/db"])
      expect(
        readPostgresUrl(url)?.hosts.map((host) => host.url),
        url,
      ).toEqual([url]);
  });

  it("PostgreSQL URL: an invalid URL is rejected", () => {
    for (const url of [
      "mysql://one/db",
      "postgres://one",
      "postgres://one/",
      "postgres://one/db/more",
      "postgres://one,/db",
      "postgres://,one/db",
      "postgres://one:0/db",
      "postgres://one:70000,two/db",
      "postgres://one:port/db",
      "postgres://::1/db",
      "postgres://one/db?target_session_attrs=read-only",
      "postgres://one/db?sslmode=verify_full",
      "postgres://one/db?sslmod=verify-full",
      "postgres:///db?host=one,two,three&port=5433,5434",
      "postgres://a:%zz@one/db",
      "postgres://one two/db",
      "",
    ])
      expect(readPostgresUrl(url), url).toBeUndefined();
  });

  it("PostgreSQL URL: the problem names the parameter and quotes no password", () => {
    for (const [end, problem] of [
      ["one/db?target_session_attrs=nope", "its target_session_attrs must be any, read-write or primary"],
      ["one/db?sslmode=verify_full", "its sslmode must be disable, prefer, require, no-verify, verify-ca or verify-full"],
      ["one/db?sslmod=verify-full", "it has an unknown parameter, did you mean sslmode?"],
      ["one/db?target_session_attr=any", "it has an unknown parameter, did you mean target_session_attrs?"],
      ["one,/db", "it must have a host before and after each comma"],
      ["one,two:port/db", "each port in it must be a number from 1 to 65535"],
      ["::1/db", "an IPv6 address in it must be in square brackets"],
      ["/db?host=one,two,three&port=5433,5434", "its port must be one number, or one for each host"],
      ["one/db?port=nope", "its port must be one number, or one for each host"],
    ] as const)
      expect(postgresUrlProblem(`postgres://me:canary@${end}`), end).toBe(problem);
    expect(postgresUrlProblem("postgres://me:100%canary@one/db")).toBe("a percent sign in its user or password must be written as %25");
    for (const otherUrl of ["mysql://me:canary@one/db", "postgres://one", "canary"]) expect(postgresUrlProblem(otherUrl)).toBeUndefined();
    for (const valid of ["postgres://one/db", "postgres://a%25:b@one/db?sslmode=require&sslcrl=x"])
      expect(postgresUrlProblem(valid)).toBeUndefined();
  });
});
