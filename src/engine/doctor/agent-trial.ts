import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { AgentAdapter } from "../../agent/port.ts";
import { AoError, messageOf } from "../../error.ts";
import { git, privately } from "../../git/command.ts";
import { openStore, type Store } from "../../store/store.ts";
import { type KnownAgent, knownAgents } from "../adapters.ts";
import { type AgentView, listAgents } from "../agents.ts";
import { createEngine, type Engine } from "../engine.ts";
import { addProject, setProjectSetting } from "../project.ts";
import { type Trial, type TrialStep, trialSteps } from "./trial-step.ts";

/** What came of one step. */
export interface StepOutcome {
  step: string;
  /** `impossible`: this kind of agent cannot; `skipped`: an earlier step failed. */
  outcome: "ok" | "failed" | "impossible" | "skipped";
  /** Milliseconds; 0 for a step that was not taken. */
  ms: number;
  reason: string | null;
}

/** What came of one agent, as installed here. */
export interface AgentTrial {
  agent: string;
  version: string | null;
  path: string;
  isPassed: boolean;
  steps: StepOutcome[];
}

/** Names of the steps, in order. */
export const stepNames: readonly string[] = trialSteps.map(({ name }) => name);

/** An agent that is installed here and can be tried. */
export interface Candidate {
  adapter: AgentAdapter;
  view: AgentView;
}

/**
 * The agents that a trial is about: those named, else all that are installed. Throws `not_found`
 * for a name that nobody knows, `usage` for the agent that stands for any program, and
 * `unavailable` for one that is not installed, or when none is.
 */
export async function agentsToTry(engine: Engine, names: readonly string[]): Promise<Candidate[]> {
  const known = knownAgents(engine);
  for (const name of names) refuseUntriable(known, name);
  const installed = (await listAgents(engine)).flatMap((view): Candidate[] => {
    const adapter = known.get(view.name)?.adapter;
    return adapter && view.path !== null ? [{ adapter, view }] : [];
  });
  const missing = names.find((name) => !installed.some(({ view }) => view.name === name));
  if (missing !== undefined) {
    const hint = known.get(missing)?.adapter.installHint;
    throw new AoError("unavailable", `agent ${missing} is not installed`, hint);
  }
  if (installed.length === 0) {
    throw new AoError("unavailable", "no agent is installed", "ao agent ls");
  }
  return names.length === 0 ? installed : installed.filter(({ view }) => names.includes(view.name));
}

function refuseUntriable(known: ReadonlyMap<string, KnownAgent>, name: string): void {
  const adapter = known.get(name)?.adapter;
  if (!adapter) throw new AoError("not_found", `agent ${name} not found`, "ao agent ls");
  if (adapter.programs.length > 0) return;
  throw new AoError("usage", `agent ${name} stands for any program`, "name another agent");
}

/**
 * Tries agents for real, one after the other: each in a scratch repository and with a scratch data
 * directory, which go away again, but with the person's own login and environment, and at most
 * one short turn. Throws `interrupted` on ctrl-C, once everything that was started has ended.
 */
export async function tryAgents(
  engine: Engine,
  candidates: readonly Candidate[],
): Promise<AgentTrial[]> {
  const results: AgentTrial[] = [];
  for (const candidate of candidates) {
    const { name } = candidate.view;
    results.push(await engine.progress.step(`try ${name}`, () => tryAgent(engine, candidate)));
    if (engine.interrupt.aborted) throw new AoError("interrupted", "interrupted");
  }
  return results;
}

async function tryAgent(engine: Engine, { adapter, view }: Candidate): Promise<AgentTrial> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "ao-trial-")));
  let store: Store | undefined;
  try {
    const root = join(folder, "repository");
    await makeRepository(root);
    store = openStore(join(folder, "data"));
    const { self, env, interrupt } = engine;
    const scratch = createEngine({ store, self, env, interrupt });
    const added = await addProject(scratch, root, "trial");
    const { definition } = view;
    const project = definition
      ? setProjectSetting(scratch, added.id, "agents", { [view.name]: definition })
      : added;
    const word = `ready-${crypto.randomUUID().slice(0, 8)}`;
    const steps = await takeSteps({ engine: scratch, adapter, project, word, id: null });
    const isPassed = steps.every(({ outcome }) => outcome === "ok" || outcome === "impossible");
    return { agent: view.name, version: view.version, path: view.path ?? "", isPassed, steps };
  } finally {
    store?.close();
    // What an agent leaves running for a moment may still write there.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function makeRepository(root: string): Promise<void> {
  mkdirSync(root);
  writeFileSync(join(root, "readme.md"), "# A scratch repository of `ao doctor --agents`\n");
  const identity = ["user.name=ao", "user.email=ao@localhost", "commit.gpgSign=false"];
  const settings = [...privately, ...identity.flatMap((setting) => ["-c", setting])];
  for (const words of [
    ["init", "--quiet", "--initial-branch=main"],
    ["add", "readme.md"],
    ["commit", "--quiet", "--message", "start"],
  ]) {
    await git([...settings, ...words], { at: root });
  }
}

/** After a failure only the last step, which takes everything away, is still taken. */
async function takeSteps(trial: Trial): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  let isFailed = false;
  for (const step of trialSteps) {
    const isLast = step === trialSteps.at(-1);
    const outcome: StepOutcome =
      isFailed && !isLast ? skipped(step) : await take(step, trial, isLast);
    outcomes.push(outcome);
    isFailed ||= outcome.outcome === "failed";
  }
  return outcomes;
}

async function take(step: TrialStep, trial: Trial, isLast: boolean): Promise<StepOutcome> {
  const reason = step.cannot(trial.adapter) ?? null;
  if (reason !== null) return { step: step.name, outcome: "impossible", ms: 0, reason };
  const from = performance.now();
  const took = () => Math.round(performance.now() - from);
  try {
    await step.run(isLast ? patient(trial) : trial);
    return { step: step.name, outcome: "ok", ms: took(), reason: null };
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    return { step: step.name, outcome: "failed", ms: took(), reason: messageOf(error) };
  }
}

/** What was started is ended, whatever the person presses. */
function patient(trial: Trial): Trial {
  return { ...trial, engine: { ...trial.engine, interrupt: new AbortController().signal } };
}

function skipped({ name }: TrialStep): StepOutcome {
  return { step: name, outcome: "skipped", ms: 0, reason: null };
}
