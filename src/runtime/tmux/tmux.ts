import { existsSync, readFileSync, rmSync } from "node:fs";

import { AoError } from "../../error.ts";
import { identify, probeIdentity, type ProcessIdentity, readStat } from "../../process/identity.ts";
import { findProgram } from "../../process/program.ts";
import { findProcesses, stopProcesses } from "../../process/tree.ts";
import { removeLastScreen } from "../last-screen.ts";
import type { LaunchSpec, ProbeTarget, Runtime, RuntimeHandle, StopResult } from "../port.ts";
import { tmuxSocketPath } from "../socket.ts";
import { attachPane } from "./attachment.ts";
import { listPanes, type Pane } from "./panes.ts";
import { probePanes, tmuxOf } from "./probe.ts";
import { capturePane } from "./screen.ts";
import { agentPidPath, writeEndScript, writeLaunchScript } from "./script.ts";
import { TmuxServer } from "./server.ts";
import { pasteIntoPane, submitInPane } from "./typing.ts";

/** How long the record of an end may take before the pane is taken away without it. */
const recordMs = 3_000;
const pollMs = 20;
/** How long the shell of a pane may take to start the agent. */
const startMs = 2_000;
const startPollMs = 2;

/** Agents in panes of a private tmux server, one server for each data dir. */
export function tmuxRuntime(): Runtime {
  return {
    name: "tmux",
    create,
    probeAll: probePanes,
    paste: async (handle, delivery) => await pasteIntoPane(...paneOf(handle), delivery),
    submit: async (handle, id, keys = "\r") => await submitInPane(...paneOf(handle), id, keys),
    screen: async (handle) => await capturePane(...paneOf(handle)),
    attach: async (handle, options) => attachPane(...paneOf(handle), options),
    stop,
    running,
  };
}

async function create(spec: LaunchSpec): Promise<RuntimeHandle> {
  checkStartable(spec);
  removeLastScreen(spec.sessionDir);
  rmSync(agentPidPath(spec), { force: true });
  const server = new TmuxServer(spec.socketPath);
  server.configure();
  const commands = startCommands(spec);
  let answer = await server.ask(commands);
  // A server that goes because its last pane went cannot be told from none before it is asked.
  if (answer.state === "absent") answer = await server.ask(commands);
  if (answer.state !== "ok") throw new AoError("unavailable", `tmux: ${answer.message}`);
  const [pane = "", pid, serverPid] = answer.stdout.trim().split(" ");
  const agent = await agentOf(spec, Number(pid));
  return { ...handleOf(spec.socketPath, pane, Number(pid), Number(serverPid)), agent };
}

/** The agent, once the shell of its pane has started it; one that has ended is nobody's pid. */
async function agentOf(spec: LaunchSpec, shell: number): Promise<ProcessIdentity> {
  const path = agentPidPath(spec);
  const read = () => (existsSync(path) ? Number.parseInt(readFileSync(path, "utf8"), 10) : 0) || 0;
  const deadline = performance.now() + startMs;
  while (read() === 0 && identify(shell) && performance.now() < deadline) {
    await Bun.sleep(startPollMs);
  }
  const pid = read();
  return (pid > 0 ? identify(pid) : undefined) ?? { pid, start: "ended" };
}

/** The agent that a pane's shell runs, or undefined before its start and after its end. */
function childOf(shell: ProcessIdentity): ProcessIdentity | undefined {
  return findProcesses({ root: shell }).find(({ pid }) => readStat(pid)?.parent === shell.pid);
}

/** Here, since in the pane it would only be an exit code of a shell. */
function checkStartable({ argv: [program = ""], cwd }: LaunchSpec): void {
  if (findProgram(program, { path: "" }) && existsSync(cwd)) return;
  throw new AoError("unavailable", `agent program ${program} cannot be started in ${cwd}`);
}

/** One sequence, so that the pane's options are set before tmux can see its end. */
function startCommands(spec: LaunchSpec): string[] {
  const name = `ao-${spec.launchId.replace(/[^A-Za-z0-9_-]/g, "_")}`;
  const target = ["-t", `=${name}:`];
  const size = ["-x", String(spec.columns), "-y", String(spec.rows)];
  const format = ["-P", "-F", "#{pane_id} #{pane_pid} #{pid}"];
  const words = "#{q:@ao_end} '#{pane_dead_status}' '#{pane_dead_signal}' #{pane_id}";
  return [
    ...[
      "new-session",
      "-d",
      "-s",
      name,
      ...size,
      ...format,
      "/bin/sh",
      writeLaunchScript(spec),
      ";",
    ],
    ...["set-option", "-p", ...target, "@ao_launch", spec.launchId, ";"],
    ...["set-option", "-p", ...target, "@ao_end", writeEndScript(spec), ";"],
    ...["set-hook", "-p", ...target, "pane-died", `run-shell -b "exec /bin/sh ${words}"`],
  ];
}

async function stop(target: ProbeTarget, graceMs: number): Promise<StopResult> {
  const { agent, shell, pane, socketPath, server: serverIdentity } = tmuxOf(target.handle);
  const { launchId } = target;
  const except = [serverIdentity.pid];
  const search = { terminalSession: shell, root: agent, launchId, except };
  const survivors = await stopProcesses(() => findProcesses(search), { graceMs });
  const server = new TmuxServer(socketPath);
  const deadline = performance.now() + recordMs;
  while ((await hasPane(server, pane, launchId)) && performance.now() < deadline) {
    await Bun.sleep(pollMs);
  }
  if (await hasPane(server, pane, launchId)) await server.ask(["kill-pane", "-t", pane]);
  return { survivors };
}

async function hasPane(server: TmuxServer, pane: string, launchId: string): Promise<boolean> {
  const panes = await listPanes(server);
  return (
    Array.isArray(panes) && panes.some((found) => found.id === pane && found.launchId === launchId)
  );
}

async function running(dataDir: string): Promise<Map<string, RuntimeHandle>> {
  const socketPath = tmuxSocketPath(dataDir);
  if (!existsSync(socketPath)) return new Map();
  const panes = await listPanes(new TmuxServer(socketPath));
  if (!Array.isArray(panes)) {
    if (panes.state === "absent") return new Map();
    throw new AoError("unavailable", `tmux: ${panes.message}`);
  }
  const living = panes.filter(({ isDead, launchId }) => !isDead && launchId !== "");
  return new Map(living.map((pane) => [pane.launchId, handleOfPane(socketPath, pane)]));
}

function handleOfPane(socketPath: string, { id, pid, serverPid }: Pane): RuntimeHandle {
  return handleOf(socketPath, id, pid, serverPid);
}

function handleOf(socketPath: string, pane: string, pid: number, serverPid: number): RuntimeHandle {
  const shell = identify(pid) ?? { pid, start: "unknown" };
  return {
    kind: "tmux",
    socketPath,
    pane,
    server: identify(serverPid) ?? { pid: serverPid, start: "unknown" },
    shell,
    agent: childOf(shell) ?? shell,
  };
}

/** Throws `unavailable` when the server is gone: another one would count its panes anew. */
function paneOf(handle: RuntimeHandle): [TmuxServer, string] {
  const { socketPath, pane, server } = tmuxOf(handle);
  if (probeIdentity(server) === "dead") {
    throw new AoError("unavailable", "tmux server of this agent is gone");
  }
  return [new TmuxServer(socketPath), pane];
}
