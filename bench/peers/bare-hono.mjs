// Reference: Hono with one page of a given size.
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const [port, pageBytes] = process.argv.slice(2);
const page = "<!DOCTYPE html><title>A page</title>".padEnd(Number(pageBytes), "x");
const app = new Hono();
app.get("/", (c) => c.html(page));
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" }, () => process.stdout.write("listening\n"));
