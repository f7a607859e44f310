import { AoError } from "../../error.ts";
import { startInBackground } from "../../process/companion.ts";
import type { Engine } from "../engine.ts";
import { readUnit } from "./install.ts";
import type { Supervisor } from "./port.ts";

export interface LogRequest {
  lines: number;
  follow: boolean;
  /** Ends a follower. */
  signal: AbortSignal;
  onOutput: (text: string) => void;
}

const graceMs = 1_000;

/**
 * Gives what the installed daemon has printed, and with `follow` what it prints from now on. Throws
 * `not_found` when none is installed, `unavailable` when its log cannot be read.
 */
export async function daemonLog(
  { env, dataDir }: Engine,
  supervisor: Supervisor,
  { lines, follow, signal, onOutput }: LogRequest,
): Promise<void> {
  if (readUnit(supervisor) === undefined) {
    const message = "no daemon is installed, and one in the foreground prints where it was started";
    throw new AoError("not_found", message, "ao daemon install");
  }
  const argv = supervisor.logCommand({ lines, follow });
  let errors = "";
  const onErrors = (text: string) => void (errors = `${errors}${text}`.slice(-2_000));
  const reader = startInBackground(argv, { cwd: dataDir, env, onOutput, onErrors });
  const stop = () => void reader.stop(graceMs);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const { exitCode } = await reader.ended;
  await reader.printed;
  if (exitCode === 0 || signal.aborted) return;
  const reason = errors.trim().split("\n").at(-1) || `${argv[0]} ended with ${exitCode}`;
  throw new AoError("unavailable", `the log cannot be read: ${reason}`, "ao daemon status");
}
