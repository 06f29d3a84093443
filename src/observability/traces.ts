/** Exports OpenTelemetry traces without personal data. */
import { context, propagation, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes, serviceNameEnvDetector } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  ParentBasedSampler,
  type Sampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { type Settings, SettingsError } from "../config/load.ts";
import type { ObservedRequest, Step, Telemetry } from "../core/telemetry.ts";
import type { OpenedObservability } from "./opened-observability.ts";

/** Throws {@link SettingsError} for unsupported values. */
export function openTraces({ otel }: Settings): OpenedObservability {
  const provider = new TracerProvider({
    // A configured service name overrides the default.
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": "latchkey" }))
      .merge(detectResources({ detectors: [envDetector, serviceNameEnvDetector] })),
    sampler: samplerOf(otel),
    spanProcessors: [processorOf(otel)],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return {
    telemetry: createTelemetry(provider.getTracer("latchkey")),
    attach: () => {},
    listen: async () => {},
    close: () => provider.shutdown(),
  };
}

function processorOf(otel: Settings["otel"]) {
  const name = otel["OTEL_TRACES_EXPORTER"] ?? "otlp";
  if (name === "console") return new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() });
  if (name !== "otlp") throw new SettingsError(`OTEL_TRACES_EXPORTER must be otlp, console or none; it is ${JSON.stringify(name)}.`);
  return new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...delayOf(otel) });
}

function delayOf(otel: Settings["otel"]) {
  const delay = otel["OTEL_BSP_SCHEDULE_DELAY"];
  return delay === undefined ? {} : { scheduledDelayMillis: Number(delay) };
}

/** Samplers of the specification by name. */
function samplerOf(otel: Settings["otel"]): Sampler {
  const name = otel["OTEL_TRACES_SAMPLER"] ?? "parentbased_always_on";
  const share = Number(otel["OTEL_TRACES_SAMPLER_ARG"] ?? "1");
  const roots: Record<string, () => Sampler> = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(share),
  };
  const root = roots[name.replace(/^parentbased_/, "")];
  if (!root || !(share >= 0 && share <= 1)) {
    throw new SettingsError(
      `OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG are ${JSON.stringify(name)} and ${share}, which is not a valid sampler.`,
    );
  }
  return name.startsWith("parentbased_") ? new ParentBasedSampler({ root: root() }) : root();
}

function createTelemetry(tracer: Tracer): Telemetry {
  return {
    request: (about, answer) => {
      const parent = propagation.extract(ROOT_CONTEXT, about, {
        get: (carrier: ObservedRequest, name) => carrier.header(name),
        keys: () => ["traceparent", "tracestate"],
      });
      const attributes = { "http.request.method": about.method, "http.route": about.route };
      return tracer.startActiveSpan(`${about.method} ${about.route}`, { kind: SpanKind.SERVER, attributes }, parent, async (span) => {
        const response = await answer();
        span.setAttribute("http.response.status_code", response.status);
        if (response.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
        return response;
      });
    },
    around: (step, work) => tracer.startActiveSpan(step.kind, { attributes: attributesOf(step) }, (span) => runInSpan(span, work)),
    queried: (sql, tookMs, failed) => {
      const startTime = Date.now() - tookMs;
      const [verb = "query"] = sql.split(" ", 1);
      const attributes = { "db.query.text": sql.slice(0, 500), "db.operation.name": verb };
      const span = tracer.startSpan(verb, { kind: SpanKind.CLIENT, attributes, startTime });
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
    limited: (name) => trace.getActiveSpan()?.addEvent("limited", { limit: name }),
    queueFull: () => trace.getActiveSpan()?.addEvent("hash queue full"),
    happened: ({ event, provider }) => trace.getActiveSpan()?.addEvent(event, provider === undefined ? {} : { provider }),
  };
}

function attributesOf(step: Step): Record<string, string | number> {
  return step.kind === "hash" ? { "latchkey.hash.scheme": step.scheme, "latchkey.hash.waited_ms": step.waitedMs } : {};
}

async function runInSpan<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // No error message: SMTP replies may quote emails.
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
