import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "../run.ts";
import { digest, type Subject } from "./catalogue.ts";
import { type Driver, within } from "./driver.ts";
import { type Place, readSettings } from "./place.ts";

/** What the steps of one agent share. */
export interface Trial {
  subject: Subject;
  place: Place;
  ao: Driver;
  env: Record<string, string>;
  /** The session of all steps but the approval, once it is there. */
  id: string;
  settingsBefore: Record<string, string | null>;
}

export const stepNames = [
  "task",
  "signals",
  "send",
  "long text",
  "hostile text",
  "approval",
  "resume",
  "clean tree",
  "settings",
] as const;

export type StepName = (typeof stepNames)[number];

/** Each step fails by throwing; what it returns is a note for the table. */
export const steps: Record<StepName, (trial: Trial) => Promise<void>> = {
  task: runTask,
  signals: seeSignals,
  send: sendText,
  "long text": sendLongText,
  "hostile text": sendHostileText,
  approval: approve,
  resume,
  "clean tree": seeCleanTree,
  settings: compareSettings,
};

/** Agents start slowly on a busy machine; a step that works needs a few seconds. */
const patienceMs = 150_000;

const taskText = "first task [[sh echo one > one.txt]] [[say first task done]]";

async function runTask(trial: Trial): Promise<void> {
  const { ao, subject } = trial;
  await ao.run("project", "add", ".");
  trial.id = await ao.run(
    "spawn",
    "--quiet",
    "--agent",
    subject.agent,
    "--mode",
    "bypass",
    taskText,
  );
  await expectFile(trial, trial.id, "one.txt");
}

async function seeSignals({ ao, id }: Trial): Promise<void> {
  await ao.waitForStatus(id, ["idle"], patienceMs);
  const seen = await ao.activities(id);
  const isTold = /active,idle/.test(seen.join());
  if (!isTold) throw new Error(`its events told ${seen.join(", ")}\n${await ao.evidence(id)}`);
  const { rule } = JSON.parse(await ao.run("why", id, "--json"));
  // Some tell right after the end of a turn that they wait for the next instruction.
  const isTrue = /signal|waits for an instruction/.test(rule);
  if (!isTrue) throw new Error(`its status rests on: ${rule}`);
}

async function sendText(trial: Trial): Promise<void> {
  await sendAcked(trial, ["second text [[sh echo two > two.txt]] [[say second done]]"]);
  await expectFile(trial, trial.id, "two.txt");
}

async function sendLongText(trial: Trial): Promise<void> {
  const lines = Array.from({ length: 300 }, (_, index) => {
    return `${index}: "quotes" 'single' \\n $(touch pwned1) \`touch pwned2\` ümläut 漢字 #`;
  });
  const text = `long text\n\n${lines.join("\n")}\n  the end`;
  if (Buffer.byteLength(text) < 20_000) throw new Error("the long text is too short");
  await sendFile(trial, text);
  await expectAtModel(trial, text);
}

async function sendHostileText(trial: Trial): Promise<void> {
  const controls = "\x1b[2J\x1b]0;title\x07\x03\x04\x1a\x1b[201~\r\x15\x17\x7f\x00\x9b31m";
  const shell =
    "$(touch pwned3) `touch pwned4`; touch pwned5 & | touch pwned6\n!touch pwned7\n/exit";
  await sendFile(trial, `hostile ${controls} ${shell}\nend of the hostile text`);
  await expectAtModel(trial, "end of the hostile text");
}

async function approve(trial: Trial): Promise<void> {
  const { ao, subject } = trial;
  const task = "asking task [[ask touch approved.txt]] [[say asking done]]";
  const id = await ao.run("spawn", "--quiet", "--agent", subject.agent, task);
  await ao.waitForStatus(id, ["needs_approval"], patienceMs);
  const { worktreePath } = await ao.session(id);
  const isEarly = existsSync(join(worktreePath, "approved.txt"));
  if (isEarly) throw new Error("the tool has run before it was approved");
  // The hook tells of the dialog a moment before it is drawn.
  const isAnswered = await within(
    60_000,
    async () => (await ao.try(["approve", id])).exitCode === 0,
  );
  if (!isAnswered) await ao.run("approve", id);
  await expectFile(trial, id, "approved.txt");
  await ao.waitForStatus(id, ["idle", "needs_input"], patienceMs);
  await ao.run("session", "kill", id);
}

async function resume(trial: Trial): Promise<void> {
  const { ao, id, place } = trial;
  const before = await ao.session(id);
  await ao.run("session", "kill", id);
  await ao.run("session", "restore", id);
  await sendAcked(trial, ["after the restore [[say welcome back]]"]);
  const after = await ao.session(id);
  if (before.agentSessionId === null || after.agentSessionId !== before.agentSessionId) {
    throw new Error(`conversation ${before.agentSessionId} became ${after.agentSessionId}`);
  }
  const isKnown = await within(patienceMs, () =>
    place.model.asked.some(({ turns }) => {
      const texts = turns.map(({ blocks }) => blocks.join("\n"));
      const now = texts.findLastIndex((text) => text.includes("after the restore"));
      return now >= 0 && texts.slice(0, now).some((text) => text.includes(taskText));
    }),
  );
  if (!isKnown) throw new Error("the model was not shown the turns before the restore");
}

async function seeCleanTree({ ao, id, env }: Trial): Promise<void> {
  const { worktreePath: cwd } = await ao.session(id);
  const { stdout } = await run(["git", "status", "--porcelain", "-uall"], { env, cwd });
  const found = stdout.split("\n").filter(Boolean).sort();
  const expected = ["?? one.txt", "?? two.txt"];
  if (found.join() !== expected.join()) throw new Error(`git status shows ${found.join(", ")}`);
  const pwned = readdirSync(cwd).filter((name) => name.startsWith("pwned"));
  if (pwned.length > 0) throw new Error(`a text was executed: ${pwned.join(", ")}`);
}

async function compareSettings(trial: Trial): Promise<void> {
  const { place, subject, settingsBefore } = trial;
  const after = readSettings(place, subject);
  for (const [path, content] of Object.entries(after)) {
    const before = settingsBefore[path] ?? null;
    if (content === before) continue;
    const told = before === null ? "was made" : `changed (${digest(before).slice(0, 8)})`;
    throw new Error(`~/${path} ${told}:\n${content ?? "it is gone"}`);
  }
  if (subject.trust !== undefined) await seeTrustTakenBack(trial, join(place.home, subject.trust));
}

async function seeTrustTakenBack({ ao, place, id }: Trial, path: string): Promise<void> {
  const isNoted = () => existsSync(path) && readFileSync(path, "utf8").includes(place.dataDir);
  if (!isNoted()) throw new Error(`${path} names no worktree, though the program runs in one`);
  await ao.run("session", "kill", id, "--purge");
  await ao.run("session", "cleanup", "--purge");
  if (isNoted()) throw new Error(`${path} still names a worktree: ${readFileSync(path, "utf8")}`);
}

async function sendFile(trial: Trial, text: string): Promise<void> {
  const path = join(trial.place.root, "text.txt");
  await Bun.write(path, text);
  await sendAcked(trial, ["--file", path]);
}

async function sendAcked({ ao, id }: Trial, words: string[]): Promise<void> {
  const argv = ["send", id, ...words, "--wait", "acked", "--timeout", "120s"];
  const { exitCode, stderr } = await ao.try(argv);
  if (exitCode === 0) return;
  const what = `ao send ended with ${exitCode}: ${stderr.trim()}`;
  throw new Error(`${what}\n${await ao.evidence(id)}`);
}

async function expectFile({ ao }: Trial, id: string, name: string): Promise<void> {
  const { worktreePath } = await ao.session(id);
  const isThere = await within(patienceMs, () => existsSync(join(worktreePath, name)));
  if (!isThere) throw new Error(`${name} was not made\n${await ao.evidence(id)}`);
}

/**
 * A text counts as received when one of the model's requests holds it byte by byte, or points to
 * a file that does.
 */
async function expectAtModel({ place }: Trial, text: string): Promise<void> {
  const holds = (block: string) =>
    block.includes(text) ||
    pastedFiles(block).some((path) => existsSync(path) && readFileSync(path, "utf8") === text);
  const isThere = await within(patienceMs, () =>
    place.model.asked.some(({ turns }) =>
      turns.some(({ role, blocks }) => role === "user" && blocks.some(holds)),
    ),
  );
  if (!isThere) throw new Error("the model has not received the text as it was sent");
}

function pastedFiles(block: string): string[] {
  return [...block.matchAll(/<pasted_content file="([^"]+)"/g)].map(([, path = ""]) => path);
}
