/**
 * Tries every agent program that `ao` knows well, installed from the registry at a pinned version,
 * against a model on loopback, and drives it through the built `ao` and nothing else.
 * `bun scripts/conformance.ts [--only AGENT]… [--markdown] [--ao PATH]`
 */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { type Subject, subjects } from "./conformance/catalogue.ts";
import { Driver } from "./conformance/driver.ts";
import { install, RegistryUnreachable } from "./conformance/install.ts";
import { makePlace, readSettings, removePlace, shellEnvironment } from "./conformance/place.ts";
import { markdownTable, type Outcome, type Row, textTable } from "./conformance/report.ts";
import { type StepName, stepNames, steps, type Trial } from "./conformance/steps.ts";

/** So many agents at once: each takes most of a core while it starts. */
const parallel = 2;

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    markdown: { type: "boolean", default: false },
    ao: { type: "string", default: join(dirname(import.meta.dir), "dist/ao") },
  },
});
const exitInterrupted = 130;

/** What is to be taken away when the run is cut short. */
const cleanUps = new Set<() => Promise<void>>();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void interrupt());

process.exitCode = await main();

async function main(): Promise<number> {
  const program = resolve(values.ao);
  if (!existsSync(program)) return complain(`${program} not found`, "npm run build");
  const unknown = values.only?.find((name) => !subjects.some(({ agent }) => agent === name));
  if (unknown !== undefined) return complain(`agent ${unknown} not found`, "leave out --only");
  const chosen = subjects.filter(({ agent }) => values.only?.includes(agent) ?? true);
  try {
    const folders = await installAll(chosen);
    const rows = await inTurns(chosen, (subject, index) =>
      tryAgent(subject, program, folders[index] ?? ""),
    );
    const table = values.markdown ? markdownTable(rows) : textTable(rows);
    process.stdout.write(`${table}\n`);
    return rows.some(isFailed) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof RegistryUnreachable)) throw error;
    process.stdout.write(`skipped: the registry cannot be reached (${error.message})\n`);
    return 0;
  }
}

/** Lets every installation end before the first failure is told: none is left half done. */
async function installAll(chosen: readonly Subject[]): Promise<string[]> {
  const settled = await Promise.allSettled(chosen.map(install));
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

/** Runs a few at a time and keeps the order. */
async function inTurns<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}

async function tryAgent(subject: Subject, program: string, binaries: string): Promise<Row> {
  const place = await makePlace(subject);
  const env = shellEnvironment(place, subject, binaries);
  const ao = new Driver(program, env, place.repository);
  const settingsBefore = readSettings(place, subject);
  const trial: Trial = { subject, place, ao, env, id: "", settingsBefore };
  const cleanUp = async () => {
    await endSessions(ao);
    await removePlace(place);
  };
  cleanUps.add(cleanUp);
  try {
    return { subject, outcomes: await takeSteps(trial) };
  } finally {
    cleanUps.delete(cleanUp);
    await cleanUp();
  }
}

/** Ends every agent and removes every folder, then ends with the code of an interrupt. */
async function interrupt(): Promise<void> {
  await Promise.allSettled([...cleanUps].map((cleanUp) => cleanUp()));
  process.exit(exitInterrupted);
}

/** A step that fails does not keep the others from being tried; without a session none can. */
async function takeSteps(trial: Trial): Promise<Row["outcomes"]> {
  const outcomes: Row["outcomes"] = {};
  for (const name of stepNames) {
    const reason = trial.subject.cannot[name];
    const outcome = reason === undefined ? await take(name, trial) : impossible(reason);
    outcomes[name] = outcome;
    report(trial.subject.agent, name, outcome);
    if (name === "task" && outcome.kind === "failed") break;
  }
  return outcomes;
}

async function take(name: StepName, trial: Trial): Promise<Outcome> {
  const start = performance.now();
  try {
    await steps[name](trial);
    return { kind: "passed", ms: performance.now() - start };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { kind: "failed", ms: performance.now() - start, error: text };
  }
}

function impossible(reason: string): Outcome {
  return { kind: "impossible", reason };
}

function report(agent: string, name: string, outcome: Outcome): void {
  const how = outcome.kind === "impossible" ? `cannot: ${outcome.reason}` : outcome.kind;
  process.stderr.write(`${agent}: ${name}: ${how}\n`);
  if (outcome.kind === "failed") process.stderr.write(`${outcome.error}\n`);
}

/** Ends every agent of a place, so that nothing of it goes on. */
async function endSessions(ao: Driver): Promise<void> {
  const { exitCode, stdout } = await ao.try(["ls", "--json"]);
  const { sessions = [] }: { sessions?: { id: string }[] } =
    exitCode === 0 ? JSON.parse(stdout) : {};
  await Promise.all(sessions.map(({ id }) => ao.try(["session", "kill", id])));
}

function isFailed({ outcomes }: Row): boolean {
  return stepNames.some((name) => {
    const kind = outcomes[name]?.kind;
    return kind !== "passed" && kind !== "impossible";
  });
}

function complain(what: string, hint: string): number {
  process.stderr.write(`error: ${what}\nhint: ${hint}\n`);
  return 1;
}
