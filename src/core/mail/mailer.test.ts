// Runs on one engine: no test uses the database.
import { describe, expect, it } from "vitest";
import { readSettings } from "../../config/load.ts";
import { isLoopback, openMailer, transportOptions } from "./mailer.ts";

describe("mailer", () => {
  it("SMTP connection: is encrypted with a verified certificate, except on this machine and with tls=optional", {
    tags: ["asvs-12.3.1", "asvs-12.3.2"],
  }, () => {
    const security = (url: string) => {
      const { secure, requireTLS, tls } = transportOptions(url);
      return { secure, requireTLS, checked: tls.rejectUnauthorized };
    };
    expect(security("smtp://mail.example.com")).toEqual({ secure: false, requireTLS: true, checked: true });
    expect(security("smtp://mail.example.com?tls=optional")).toEqual({ secure: false, requireTLS: false, checked: false });
    expect(security("smtp://mail.example.com?tls=no")).toEqual({ secure: false, requireTLS: true, checked: true });
    expect(security("smtp://127.0.0.1:25")).toEqual({ secure: false, requireTLS: false, checked: false });
    for (const url of ["smtps://mail.example.com", "smtps://localhost", "smtps://mail.example.com?tls=optional"])
      expect(security(url), url).toEqual({ secure: true, requireTLS: false, checked: true });
  });

  it.each(["localhost", "127.0.0.1", "127.8.9.10", "[::1]"])("SMTP connection: %s is this machine", (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    "localhost.evil.test",
    "mylocalhost",
    "127.0.0.1.evil.test",
    "10.0.0.1",
    "0.0.0.0",
    "[::ffff:7f00:1]",
    "[::1:1]",
    "mail.example.com",
  ])("SMTP connection: %s is another machine", (host) => {
    expect(isLoopback(host)).toBe(false);
  });

  it("SMTP connection: uses the port of the URL, or else that of the protocol", () => {
    expect(transportOptions("smtp://mail.example.com").port).toBe(587);
    expect(transportOptions("smtps://mail.example.com").port).toBe(465);
    expect(transportOptions("smtp://[::1]:2525")).toMatchObject({ host: "::1", port: 2525 });
  });

  it("SMTP login: uses the decoded name and password of the URL, and none without them", () => {
    expect(transportOptions("smtp://me%40example.com:p%40ss%2F%25@mail.example.com").auth).toEqual({
      user: "me@example.com",
      pass: "p@ss/%",
    });
    expect(transportOptions("smtp://mail.example.com").auth).toBeUndefined();
  });

  it("SMTP_URL: an invalid URL is rejected", () => {
    for (const url of [
      "mail.example.com",
      "http://mail.example.com",
      "smtp://",
      "smtp://me:100%@mail.example.com",
      "smtp://mail.example.com/path",
    ])
      expect(() => readSettings({ SMTP_URL: url }), url).toThrow(/^SMTP_URL must be /);
  });

  it("mailer: is undefined without SMTP_URL", () => {
    expect(openMailer(readSettings({}))).toBeUndefined();
  });
});
