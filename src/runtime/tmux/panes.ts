import { AoError } from "../../error.ts";
import { signalName } from "../../process/run.ts";
import type { ExitRecord } from "../port.ts";
import type { TmuxAnswer, TmuxServer } from "./server.ts";

/** One pane as `list-panes` tells it. */
export interface Pane {
  id: string;
  pid: number;
  serverPid: number;
  launchId: string;
  isDead: boolean;
  /** How its program ended, once tmux knows. */
  exit?: ExitRecord;
}

const fields = [
  "#{pane_id}",
  "#{pane_pid}",
  "#{pid}",
  "#{pane_dead}",
  "#{pane_dead_status}",
  "#{pane_dead_signal}",
  "#{pane_dead_time}",
  "#{@ao_launch}",
];

/** Lists all panes of a server at once. */
export async function listPanes(
  server: TmuxServer,
): Promise<Pane[] | Exclude<TmuxAnswer, { state: "ok" }>> {
  const answer = await list(server);
  if (!Array.isArray(answer) || answer.every(({ isDead, exit }) => !isDead || exit)) return answer;
  // tmux 3.3 with libutempter (Debian) ignores SIGCHLD while a pane closes, so an end may pass
  // unnoticed; the end of any other child makes it collect all of them.
  await server.ask(["run-shell", ":"]);
  return await list(server);
}

async function list(server: TmuxServer): Promise<Pane[] | Exclude<TmuxAnswer, { state: "ok" }>> {
  const answer = await server.ask(["list-panes", "-a", "-F", fields.join("\t")]);
  if (answer.state !== "ok") return answer;
  return answer.stdout.split("\n").filter(Boolean).map(parsePane);
}

/** The end of a program as tmux tells it: an exit code, or the number or name of a signal. */
export function exitRecord(
  launchId: string,
  status: string,
  signal: string,
  at = Date.now(),
): ExitRecord {
  if (signal === "") return { launchId, exitCode: Number(status), signal: null, at };
  const name = /^\d+$/.test(signal)
    ? signalName(Number(signal))
    : `SIG${signal.replace(/^SIG/, "")}`;
  return { launchId, exitCode: null, signal: name, at };
}

function parsePane(line: string): Pane {
  const [id, pid, serverPid, dead, status = "", signal = "", time, launchId] = line.split("\t");
  if (!id || launchId === undefined) throw new AoError("failed", `tmux listed no pane: ${line}`);
  const pane = {
    id,
    pid: Number(pid),
    serverPid: Number(serverPid),
    launchId,
    isDead: dead === "1",
  };
  if (status === "" && signal === "") return pane;
  const at = time ? Number(time) * 1000 : Date.now();
  return { ...pane, exit: exitRecord(launchId, status, signal, at) };
}
