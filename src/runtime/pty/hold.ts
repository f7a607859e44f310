import { closeSync, openSync, writeSync } from "node:fs";

import { AoError, messageOf } from "../../error.ts";
import { findProcesses, stopProcesses } from "../../process/tree.ts";
import { readLaunchSpec } from "../launch.ts";
import type { LaunchSpec } from "../port.ts";
import { complain } from "./complain.ts";
import { type HoldCallbacks, Holder } from "./holder.ts";
import { listenAgainSignal } from "./revive.ts";
import { HolderServer } from "./server.ts";

/** How long an agent may take to end when its holder is told to. */
const graceMs = 5_000;

/**
 * `ao __hold <launch.json>`: starts the agent in a terminal and owns it until the agent ends.
 * Reports one line of JSON to its starter: the identities of both, or why there is no agent.
 * Throws what was reported, so that the process fails too.
 */
export async function hold(specPath: string, callbacks: HoldCallbacks): Promise<void> {
  const { holder, server } = await begin(specPath);
  // A starter's terminal that closes must not end the agent.
  process.on("SIGHUP", ignore);
  const stop = () => {
    holder.cutOff();
    void stopAgent(holder);
  };
  process.on("SIGTERM", stop);
  const listenAgain = () => server.listenAgain();
  process.on(listenAgainSignal, listenAgain);
  // A mistake while serving one `ao` must not end the agent.
  process.on("uncaughtException", survive);
  process.on("unhandledRejection", survive);
  report({ holder: holder.identity, agent: holder.agent });
  await holder.ended(callbacks);
  await server.close();
  holder.close();
  process.off("SIGTERM", stop);
  process.off(listenAgainSignal, listenAgain);
  process.off("SIGHUP", ignore);
  process.off("uncaughtException", survive);
  process.off("unhandledRejection", survive);
}

async function begin(specPath: string): Promise<{ holder: Holder; server: HolderServer }> {
  try {
    return await start(readLaunchSpec(specPath));
  } catch (error) {
    const code = error instanceof AoError ? error.code : "failed";
    report({ error: { code, message: messageOf(error) } });
    throw error;
  }
}

async function start(spec: LaunchSpec): Promise<{ holder: Holder; server: HolderServer }> {
  let holder: Holder | undefined;
  const server = await HolderServer.listen(spec.socketPath, () => (holder ??= new Holder(spec)));
  try {
    holder ??= new Holder(spec);
    return { holder, server };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Tells the starter, if it still listens, and lets go of its pipe. */
function report(message: Record<string, unknown>): void {
  try {
    writeSync(1, `${JSON.stringify(message)}\n`);
    closeSync(1);
    // What is opened next would become standard output otherwise.
    openSync("/dev/null", "w");
  } catch (error) {
    // The starter was killed; the agent runs all the same, and `running` finds it.
    complain("report to the starter", error);
  }
}

async function stopAgent({ agent, spec }: Holder): Promise<void> {
  const search = { terminalSession: agent, root: agent, launchId: spec.launchId };
  await stopProcesses(() => findProcesses(search), { graceMs });
}

function survive(error: unknown): void {
  complain("mistake", error);
}

function ignore(): void {}
