import { AoError } from "../../error.ts";
import { failedDeliveries } from "../../store/notification-delivery.ts";
import type { Engine } from "../engine.ts";
import { configuredSinks, type Sink, sinkProgram } from "../notify/sinks.ts";
import type { Finding } from "./doctor.ts";

const dayMs = 86_400_000;

/** Whether notifications can leave by each way that is configured, and what did not get out. */
export function checkSinks(engine: Engine): Finding[] {
  try {
    return configuredSinks(engine.dataDir).map((sink) => checkSink(engine, sink));
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    const detail = error.message;
    return [{ check: "notify", level: "error", detail, hint: "ao config show --origin" }];
  }
}

function checkSink(engine: Engine, sink: Sink): Finding {
  const check = `notify ${sink.sink}`;
  try {
    const [program = ""] = sinkProgram(engine, sink.argv({ title: "", body: "" }));
    const failures = failedDeliveries(engine.store, Date.now() - dayMs);
    const failed = failures.find((one) => one.sink === sink.sink);
    if (!failed) return { check, level: "ok", detail: program };
    const detail = `${failed.count} not delivered in the last day; ${failed.error}`;
    return { check, level: "warning", detail, hint: "ao notify test" };
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    const { message, hint } = error;
    return { check, level: "warning", detail: message, ...(hint ? { hint } : {}) };
  }
}
