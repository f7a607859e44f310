import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";

import { AoError, messageOf } from "../../error.ts";
import { startDetached } from "../../process/detach.ts";
import { probeIdentity, type ProcessIdentity } from "../../process/identity.ts";
import { findProcesses, stopProcesses, waitForEnd } from "../../process/tree.ts";
import { launchPath } from "../launch.ts";
import type {
  DeliveryOutcome,
  LaunchSpec,
  ProbeTarget,
  Runtime,
  RuntimeHandle,
  Screen,
  StopResult,
} from "../port.ts";
import { holderSockets } from "../socket.ts";
import { attachHolder } from "./attachment.ts";
import { fieldsOf, HolderClient, identityOf } from "./client.ts";
import { probePty } from "./probe.ts";
import { dropWarm, holderEnvironment, takeWarm, warmUp } from "./warm.ts";

type PtyHandle = Extract<RuntimeHandle, { kind: "pty" }>;

const startMs = 10_000;
/** A holder waits this long itself for an agent that reads nothing. */
const pasteMs = 15_000;
/** How long a holder may take to record the end and go. */
const recordMs = 3_000;
const helloMs = 2_000;

/** The embedded runtime: one small process per agent that owns its terminal. */
export function ptyRuntime(): Runtime {
  return {
    name: "pty",
    prepare: warmUp,
    abandon: ({ sessionDir }) => dropWarm(sessionDir),
    create,
    probeAll: async (targets) =>
      new Map(targets.map((target) => [target.sessionId, probePty(target)])),
    paste: async (handle, { id, text }) =>
      await HolderClient.with(ptyOf(handle).socketPath, async (client) =>
        outcomeOf(await client.request("paste", { id, text }, pasteMs)),
      ),
    submit: async (handle, id, keys = "\r") =>
      await HolderClient.with(ptyOf(handle).socketPath, async (client) =>
        outcomeOf(await client.request("submit", { id, keys }, pasteMs)),
      ),
    screen,
    attach: async (handle, options) => await attachHolder(ptyOf(handle).socketPath, options),
    stop,
    running,
  };
}

/** Starts a holder for `launch.json`, which its caller has written. */
async function create(spec: LaunchSpec): Promise<RuntimeHandle> {
  const log = openSync(join(spec.sessionDir, "holder.log"), "a", 0o600);
  try {
    const argv = [...spec.self, "__hold", launchPath(spec.sessionDir)];
    const options = { env: holderEnvironment(spec.launchId), stderr: log, reports: true };
    const holder = takeWarm(spec.sessionDir) ?? startDetached(argv, options);
    const line = await holder.firstLine(startMs);
    if (line === undefined) await abandon(spec, holder.identity);
    return handleOf(spec.socketPath, line);
  } finally {
    closeSync(log);
  }
}

/** Without a report nobody knows what runs, so nothing of it is left running. */
async function abandon(spec: LaunchSpec, holder: ProcessIdentity | undefined): Promise<never> {
  const search = { launchId: spec.launchId, ...(holder && { root: holder }) };
  await stopProcesses(() => findProcesses(search), { graceMs: 0 });
  rmSync(spec.socketPath, { force: true });
  const hint = `cat ${join(spec.sessionDir, "holder.log")}`;
  throw new AoError("failed", "terminal of the agent did not start", hint);
}

function handleOf(socketPath: string, line: string | undefined): PtyHandle {
  const report = parseReport(line ?? "");
  if ("error" in report) {
    const { code, message } = fieldsOf(report["error"]);
    throw new AoError(
      code === "unavailable" || code === "conflict" ? code : "failed",
      String(message),
    );
  }
  const { holder, agent } = report;
  return { kind: "pty", socketPath, holder: identityOf(holder), agent: identityOf(agent) };
}

function parseReport(line: string): Record<string, unknown> {
  try {
    return fieldsOf(JSON.parse(line));
  } catch (error) {
    const message = `holder reported no JSON: ${messageOf(error)}`;
    throw new AoError("failed", message, undefined, { cause: error });
  }
}

async function screen(handle: RuntimeHandle): Promise<Screen> {
  const askedAt = Date.now();
  const history = await HolderClient.with(
    ptyOf(handle).socketPath,
    async (client) => await client.history(),
  );
  // The emulator is large, and most commands draw nothing.
  const { renderScreen } = await import("../render.ts");
  return await renderScreen(history, { askedAt });
}

async function stop(target: ProbeTarget, graceMs: number): Promise<StopResult> {
  const { holder, agent, socketPath } = ptyOf(target.handle);
  const { launchId } = target;
  const search = { terminalSession: agent, root: agent, launchId, except: [holder.pid] };
  const survivors = await stopProcesses(() => findProcesses(search), { graceMs });
  if (!(await waitForEnd([holder], performance.now() + recordMs))) {
    survivors.push(...(await stopProcesses(() => findProcesses({ root: holder }), { graceMs: 0 })));
  }
  if (probeIdentity(holder) === "dead") rmSync(socketPath, { force: true });
  return { survivors };
}

async function running(dataDir: string): Promise<Map<string, RuntimeHandle>> {
  const found = await Promise.all(holderSockets(dataDir).map(greet));
  return new Map(found.filter((entry) => entry !== undefined));
}

async function greet(socketPath: string): Promise<[string, RuntimeHandle] | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), helloMs);
  try {
    return await Promise.race([promise, handleFrom(socketPath)]);
  } catch (error) {
    // A socket that nobody listens on is what a killed holder leaves behind.
    if (error instanceof AoError) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function handleFrom(socketPath: string): Promise<[string, RuntimeHandle]> {
  const { launchId, holder, agent } = await HolderClient.with(
    socketPath,
    async (client) => await client.hello(),
  );
  return [launchId, { kind: "pty", socketPath, holder, agent }];
}

function outcomeOf(result: Record<string, unknown>): DeliveryOutcome {
  return result["outcome"] === "repeated" ? "repeated" : "typed";
}

function ptyOf(handle: RuntimeHandle): PtyHandle {
  if (handle.kind === "pty") return handle;
  throw new Error(`pty runtime was given a handle of ${handle.kind}`);
}
