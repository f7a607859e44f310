import { randomUUID } from "node:crypto";

import type { Message } from "../../src/domain/message.ts";
import { isSettled } from "../../src/domain/message.ts";
import type { Session } from "../../src/domain/session.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { RuntimeName } from "../../src/runtime/port.ts";
import { listMessages, messageBody, queueMessage } from "../../src/store/message.ts";
import type { Ran, World } from "../support/engine.ts";
import { waitFor } from "../support/wait.ts";
import { harmOf, hasLeft, type Kind, tookOf } from "./fakes.ts";
import { randomOf } from "./random.ts";

/** Where a deliverer can be made to die. */
const failpoints = [
  "deliver.paste.before",
  "deliver.paste.after",
  "deliver.submit.after",
  "deliver.submitted.after",
];

/** Generous, since the machine may be busy; only what hangs comes near it. */
const drainMs = 120_000;

/** One session under fire. */
export interface Target {
  kind: Kind;
  runtime: RuntimeName;
  session: Session;
  seed: number;
}

interface Call {
  text: string;
  ran: Ran;
}

/** Sends texts while deliverers die, until each has come to an end. Returns what is wrong. */
export async function fire(
  world: World,
  engine: Engine,
  target: Target,
  count: number,
): Promise<string[]> {
  const random = randomOf(target.seed);
  const calls: Promise<Call>[] = [];
  for (let number = 0; number < count; number++) {
    const text = textOf(target.session.id, number, random);
    const isQueued = random() < 0.35;
    const call = isQueued ? undefined : sendOnce(world, target.session.id, text, random);
    if (isQueued) enqueue(engine, target.session.id, text);
    if (call) calls.push(call);
    // Now and then two senders at once.
    if (call && random() < 0.8) await call;
  }
  const ended = await Promise.all(calls);
  await drain(world, engine, target, random);
  return judge(world, engine, target, ended).map((problem) => describeProblem(target, problem));
}

/** A text that nobody else sends: some lines, some with what a shell or a terminal would act on. */
function textOf(id: string, number: number, random: () => number): string {
  const name = `${id} text ${number}`;
  const kinds = [
    name,
    `${name}\nsecond line\n\n\tthird line`,
    `${name} $(touch pwned) \`id\` "; rm -rf ~ # ' \\ %s !! ~`,
    `${name} \x1b[201~\r\x03\x1b[31m ünïcödé 日本 🎉`,
    `${name} Do you want to proceed?\n ❯ 1. Yes\n   2. No`,
    `${name} ${"long ".repeat(200)}end`,
  ];
  return kinds[Math.floor(random() * kinds.length)] ?? name;
}

function enqueue(engine: Engine, sessionId: string, body: string): void {
  const message = { id: randomUUID(), sessionId, source: "session" as const, body };
  engine.store.write((tx) => void queueMessage(tx, message));
}

async function sendOnce(
  world: World,
  id: string,
  text: string,
  random: () => number,
): Promise<Call> {
  const fate = random();
  const place = failpoints[Math.floor(random() * failpoints.length)] ?? "";
  const env: Record<string, string> = fate < 0.25 ? { AO_FAILPOINT: place } : {};
  // An agent that fell back to a shell takes nothing any more.
  const timeout = hasLeft(world, id) ? "1s" : "20s";
  const { child, ended } = world.start(["send", id, text, "--timeout", timeout], env);
  const killAfterMs = 30 + random() * 1_000;
  const timer = fate > 0.7 ? setTimeout(() => child.kill("SIGKILL"), killAfterMs) : undefined;
  const ran = await ended;
  clearTimeout(timer);
  return { text, ran };
}

/** Goes on as a machine would on which somebody types a command now and then. */
async function drain(world: World, engine: Engine, target: Target, random: () => number) {
  const what = `the end of all messages of ${target.session.id} (${target.kind})`;
  const isDone = async () => {
    if (isAtEnd(engine, target)) return true;
    const isLeft = hasLeft(world, target.session.id);
    const { child, ended } = world.start(["__run-once", "--data-dir", world.dataDir]);
    const killAfterMs = 100 + random() * 2_000;
    const timer = random() < 0.4 ? setTimeout(() => child.kill("SIGKILL"), killAfterMs) : undefined;
    await ended;
    clearTimeout(timer);
    // What is open then is left for a person to restore; that nothing was typed is seen later.
    return isLeft || isAtEnd(engine, target);
  };
  await waitFor(isDone, { withinMs: drainMs, what });
}

function isAtEnd({ store }: Engine, { kind, session }: Target): boolean {
  const open = listMessages(store, session.id, 1_000).filter(({ state }) => !isSettled(state));
  if (kind === "plain") return open.every(({ state }) => state === "submitted");
  return open.length === 0;
}

function judge(world: World, engine: Engine, target: Target, calls: Call[]): string[] {
  const { store } = engine;
  const { session, kind } = target;
  const messages = listMessages(store, session.id, 1_000).reverse();
  const bodies = new Map(messages.map((message) => [message.id, messageBody(store, message.id)]));
  const took = tookOf(world, session.id).map(plain);
  const problems = harmOf(world, session.id).map((note) => `harm: ${JSON.stringify(note)}`);
  const delivered = messages.filter(({ state }) => state === "acked" || state === "submitted");
  const wanted = delivered.map(({ id }) => plain(bodies.get(id) ?? ""));
  const others = new Set(messages.filter((one) => !delivered.includes(one)).map(({ id }) => id));
  const spare = [...others].map((id) => plain(bodies.get(id) ?? ""));
  // What an agent takes as it ends can be neither confirmed nor known.
  const counted = kind === "exit" ? took.filter((text) => !spare.includes(text)) : took;
  if (counted.join("\n") !== wanted.join("\n")) {
    problems.push(`took ${JSON.stringify(counted)}, not ${JSON.stringify(wanted)}`);
  }
  if (new Set(took).size !== took.length) problems.push("took a text twice");
  for (const { id, state, error } of messages) {
    if (state === "failed" && !error) problems.push(`${id} failed without a reason`);
    if (kind !== "exit" && others.has(id)) problems.push(`${id} ended as ${state}: ${error}`);
  }
  const byText = new Map(messages.map((message) => [bodies.get(message.id), message]));
  return [...problems, ...calls.flatMap((call) => judgeCall(call, byText.get(call.text), kind))];
}

/** Whether a command told the truth, as far as it can be seen afterwards. */
function judgeCall({ text, ran }: Call, message: Message | undefined, kind: Kind): string[] {
  const { exitCode, signal, stderr } = ran;
  if (signal !== null) return [];
  const end = kind === "plain" ? "submitted" : "acked";
  const isTrue =
    (exitCode === 0 && message?.state === end) ||
    (exitCode === 1 && message?.state === "failed") ||
    (exitCode === 6 && message !== undefined) ||
    (exitCode === 4 && message === undefined && kind === "exit");
  return isTrue ? [] : [`exit ${exitCode} for ${message?.state}: ${text} ${stderr}`];
}

/** As a terminal passes it on: line ends, and no other control characters. */
function plain(text: string): string {
  return text.replaceAll("\r", "\n").replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

function describeProblem({ kind, runtime, session, seed }: Target, problem: string): string {
  return `${session.id} (${kind} on ${runtime}, seed ${seed}): ${problem}`;
}

/** A daemon that dies again and again, until it is told to end. */
export async function dieAgainAndAgain(world: World, seed: number, until: AbortSignal) {
  const random = randomOf(seed);
  while (!until.aborted) {
    const { child, ended } = world.start(["daemon"]);
    const end = () => child.kill("SIGKILL");
    const timer = setTimeout(end, 500 + random() * 5_000);
    until.addEventListener("abort", end);
    await ended;
    clearTimeout(timer);
    until.removeEventListener("abort", end);
  }
}
