import { AoError } from "../../error.ts";
import { writeExitRecord } from "../exit-record.ts";
import { writeLastScreen } from "../last-screen.ts";
import { readLaunchSpec } from "../launch.ts";
import type { ExitRecord, LaunchSpec } from "../port.ts";
import { complain } from "../pty/complain.ts";
import type { HoldCallbacks } from "../pty/holder.ts";
import { TerminalLog } from "../pty/log.ts";
import { exitRecord } from "./panes.ts";
import { capturePaneHistory } from "./screen.ts";
import { TmuxServer } from "./server.ts";

/**
 * `ao __pane-died <launch.json> <exit code> <signal> <pane> <launch id>`, run by tmux: records the
 * end of an agent as a holder does, keeps its last screen, and takes the dead pane away.
 */
export async function paneDied(words: string[], callbacks: HoldCallbacks): Promise<void> {
  const [specPath, status, signal, pane, launchId] = words;
  if (!specPath || status === undefined || signal === undefined || !pane || !launchId) {
    throw new AoError("usage", "__pane-died takes five words");
  }
  const spec = readLaunchSpec(specPath);
  const server = new TmuxServer(spec.socketPath);
  // A newer launch has taken the session's folder: the end of this one was known before.
  if (spec.launchId === launchId) {
    const record = exitRecord(launchId, status, signal);
    writeExitRecord(spec.sessionDir, record);
    await keepScreen(server, pane, spec);
    await notify(callbacks, record, spec);
  }
  await server.ask(["kill-pane", "-t", pane]);
}

async function keepScreen(server: TmuxServer, pane: string, spec: LaunchSpec): Promise<void> {
  try {
    const step = await capturePaneHistory(server, pane);
    const { launchId, sessionDir } = spec;
    const facts = { launchId, isComplete: true, lastOutputAt: Date.now(), hasTypedDraft: false };
    writeLastScreen(sessionDir, { ...facts, steps: [step] });
    const log = new TerminalLog(sessionDir);
    log.append(step.bytes);
    log.close();
  } catch (error) {
    // The record of the end is what counts, and it is written.
    complain("last screen", error);
  }
}

async function notify(
  callbacks: HoldCallbacks,
  record: ExitRecord,
  spec: LaunchSpec,
): Promise<void> {
  try {
    await callbacks.onEnd(record, spec);
  } catch (error) {
    // The reaper adopts the record.
    complain("end of the agent", error);
  }
}
