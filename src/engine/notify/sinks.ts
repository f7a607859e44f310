import { splitCommand } from "../../agent/command.ts";
import { label } from "../../domain/foreign.ts";
import { composeMessage, type Told } from "../../domain/notification.ts";
import { AoError, messageOf } from "../../error.ts";
import { findProgram } from "../../process/program.ts";
import { run, type RunResult } from "../../process/run.ts";
import { ownEnvironment } from "../../runtime/environment.ts";
import type { DeliveryEnd, DeliveryWish } from "../../store/notification-delivery.ts";
import { loadConfig } from "../config.ts";
import type { Engine } from "../engine.ts";
import type { NotificationView } from "./notifications.ts";

/** One way out, as the person has configured it. */
export interface Sink extends DeliveryWish {
  /** The program with its arguments; those of a desktop's message are added. */
  argv(message: Told): string[];
}

/** Longest run of a sink's program; then it is ended. */
const sinkMs = 10_000;

/** Characters kept of what a sink's program prints. */
const kept = 4_000;

/** The ways out that the person's own configuration names. Throws `usage` when it is wrong. */
export function configuredSinks(dataDir: string, platform = process.platform): Sink[] {
  const { desktop = false, command, kinds } = loadConfig(dataDir).notify ?? {};
  const found: Sink[] = [];
  if (desktop) found.push({ sink: "desktop", kinds, argv: (told) => desktopArgv(told, platform) });
  if (command !== undefined) {
    found.push({ sink: "command", kinds, argv: () => splitCommand(command) });
  }
  return found;
}

/**
 * Hands one message to a sink. Never throws for what the sink does: a program that was ended may
 * have told the person, so that end is `unconfirmed` and not `failed`.
 */
export async function tellSink(
  engine: Engine,
  sink: Sink,
  views: readonly NotificationView[],
  timeoutMs = sinkMs,
): Promise<DeliveryEnd> {
  const message = composeMessage(views);
  try {
    const argv = sinkProgram(engine, sink.argv(message));
    const result = await run(argv, {
      cwd: engine.dataDir,
      env: ownEnvironment(engine.env),
      input: sink.sink === "command" ? `${JSON.stringify(payload(message, views))}\n` : "",
      timeoutMs,
      keep: kept,
    });
    return endOf(result, timeoutMs);
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    return { state: "failed", error: messageOf(error) };
  }
}

/** The argument list with its program looked up. Throws `unavailable` when it is not there. */
export function sinkProgram({ env, dataDir }: Engine, argv: readonly string[]): string[] {
  const [name = "", ...rest] = argv;
  const program = findProgram(name, { path: env["PATH"] ?? "", cwd: dataDir });
  if (program) return [program, ...rest];
  throw new AoError("unavailable", `program ${name} not found`, `install ${name}`);
}

/** The person's text is never an option (`--`), never markup, and never part of a script. */
function desktopArgv({ title, body }: Told, platform: NodeJS.Platform): string[] {
  const heading = title || "ao";
  if (platform === "darwin") {
    const script = [
      "on run argv",
      "display notification (item 2 of argv) with title (item 1 of argv)",
      "end run",
    ];
    return ["osascript", ...script.flatMap((line) => ["-e", line]), "--", heading, body];
  }
  // `notify-send` reads escapes such as \n in the body, and the desktop reads markup there.
  const plain = body
    .replaceAll("\\", "\\\\")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  return ["notify-send", "--app-name=ao", "--", heading, plain];
}

/** What a command reads: a ready text for a chat, and everything for who wants more. */
function payload({ title, body }: Told, views: readonly NotificationView[]): object {
  const clean = views.map((view) => ({ ...view, ...composeMessage([view]) }));
  const text = [title, body].filter(Boolean).join("\n");
  return { title, body, text, notifications: clean };
}

function endOf(result: RunResult, timeoutMs: number): DeliveryEnd {
  const { exitCode, signal, timedOut, stdout, stderr } = result;
  if (exitCode === 0 && !timedOut) return { state: "sent", error: null };
  if (timedOut) {
    return { state: "unconfirmed", error: `it did not end within ${timeoutMs / 1_000} s` };
  }
  if (exitCode === null) return { state: "unconfirmed", error: `it was ended by ${signal}` };
  const said = label((stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "");
  return { state: "failed", error: [`exit code ${exitCode}`, said].filter(Boolean).join(": ") };
}
