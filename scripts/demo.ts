/**
 * `npm run demo`: the main job of `ao`, for real. A scratch repository and a private home in a
 * temporary folder; two agents in parallel, live events, a message answered, kill, restore,
 * clean-up, and the work back from escrow. Every step checks its result; nothing is left behind.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { agentProgram, type DemoAgent, demoAgents, notes } from "./demo/agent.ts";
import type { Follower } from "./demo/follower.ts";
import { checked, heading, tell } from "./demo/narration.ts";
import { processesOf } from "./demo/processes.ts";
import { DemoError, program, Stage } from "./demo/stage.ts";

/** The whole demo, the build apart, has to end within a minute. */
const deadlineMs = 50_000;

const [writer, translator] = demoAgents;
const missing = [program, "git"].find((name) => Bun.which(name) === null);
if (missing !== undefined) {
  const hint = missing === "git" ? "install git" : "npm run demo";
  process.stderr.write(`error: ${missing} not found\nhint: ${hint}\n`);
}
process.exitCode = missing === undefined ? await main() : 1;

async function main(): Promise<number> {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => interrupt.abort(`interrupted by ${signal}`));
  }
  const timer = setTimeout(() => interrupt.abort("ended: it took too long"), deadlineMs);
  const startedAt = performance.now();
  const stage = new Stage(interrupt.signal);
  try {
    await play(stage);
    await leaveNothing(stage);
  } catch (error) {
    const isInterrupted = interrupt.signal.aborted;
    const text = error instanceof DemoError ? error.message : Bun.inspect(error);
    process.stderr.write(`\nerror: the demo ${isInterrupted ? "was" : "failed:"} ${text}\n`);
    await stage.clear();
    for (const left of stage.leftovers()) process.stderr.write(`still there: ${left}\n`);
    return isInterrupted ? 130 : 1;
  } finally {
    clearTimeout(timer);
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  tell(
    `\nThat was the main job of ao, in ${seconds} s. The program is dist/ao; the README goes on.`,
  );
  return 0;
}

/** An agent of the demo with the session that runs it. */
interface Player extends DemoAgent {
  id: string;
  worktreePath: string;
}

async function play(stage: Stage): Promise<void> {
  await addRepository(stage);
  const follower = startFollower(stage);
  const crew = await startAgents(stage);
  await talk(stage, crew);
  await lookAtWork(stage, crew);
  await killAndRestore(stage, crew[0]);
  await cleanUp(stage, crew);
  await bringBack(stage, crew[0]);
  await checkEvents(stage, follower);
}

async function addRepository(stage: Stage): Promise<void> {
  heading("1. Add a repository");
  tell(`Everything happens in ${stage.folder}, HOME included.`);
  writeFileSync(join(stage.repository, "greeting.txt"), "Welcome!\n");
  await stage.git("init", "--quiet", "--initial-branch=main");
  await stage.git("add", "greeting.txt");
  const identity = ["-c", "user.name=demo", "-c", "user.email=demo@localhost"];
  await stage.git(...identity, "commit", "--quiet", "--message", "Welcome the customer");
  expect(await stage.ao("project", "add", stage.repository), /^shop$/);
}

function startFollower(stage: Stage): Follower {
  heading("2. Follow what happens; lines that begin with a dot come from this command, live");
  return stage.follow();
}

async function startAgents(stage: Stage): Promise<[Player, Player]> {
  heading("3. Start two agents at once, each in a worktree of its own");
  const ids = await Promise.all([spawn(stage, writer), spawn(stage, translator)]);
  expect(ids.toSorted().join(" "), /^shop-1 shop-2$/);
  const table = await stage.ao("ls");
  for (const id of ids) expect(table, new RegExp(`^${id} +(working|idle) `, "m"));
  const crew: [Player, Player] = [
    { ...writer, id: ids[0], worktreePath: await worktreeOf(stage, ids[0]) },
    { ...translator, id: ids[1], worktreePath: await worktreeOf(stage, ids[1]) },
  ];
  for (const { worktreePath, line } of crew) {
    await stage.until(`${line} in ${worktreePath}`, () => hasLine(worktreePath, line));
  }
  expect(await stage.git("status", "--porcelain"), /^$/);
  checked("both have edited the same file in their own worktrees; the checkout is as it was");
  return crew;
}

async function spawn(stage: Stage, agent: DemoAgent): Promise<string> {
  const path = join(stage.folder, `${agent.name}.sh`);
  writeFileSync(path, agentProgram(agent));
  return await stage.ao("spawn", agent.task, "--command", `sh ${path}`);
}

async function talk(stage: Stage, crew: [Player, Player]): Promise<void> {
  heading("4. Tell them something, and see them answer");
  const sent = await Promise.all(crew.map(({ id, message }) => stage.ao("send", id, message)));
  for (const text of sent) expect(text, /^submitted /);
  for (const { id, message } of crew) {
    const answer = new RegExp(`understood: ${message}[^]*committed[^]*what next`);
    await stage.aoUntil(answer, "screen", id);
  }
  expect(await stage.ao("why", crew[0].id), /agent alive/);
}

async function lookAtWork(stage: Stage, [first, second]: [Player, Player]): Promise<void> {
  heading("5. See what they changed, committed or not");
  expect(await stage.ao("diff", first.id, "--stat"), /greeting\.txt[^]*notes\.md/);
  expect(await stage.ao("diff", second.id, "--stat"), /greeting\.txt[^]*notes\.md/);
  const log = await stage.git("log", "--format=%an", `main..ao/${first.id}/root`);
  expect(log, new RegExp(`^${first.name}$`));
}

async function killAndRestore(stage: Stage, player: Player): Promise<void> {
  const { id, name, worktreePath } = player;
  heading("6. End one, and bring it back");
  const killed = await stage.ao("session", "kill", id);
  const [ref = ""] = /refs\/ao\/escrow\/\S+/.exec(killed) ?? [];
  expect(await stage.git("show", `${ref}:${notes}`), new RegExp(player.message));
  expectTrue(processesOf(`${name}.sh`).length === 0, `a process of ${id} lives`);
  expectTrue(existsSync(join(worktreePath, notes)), `${notes} is gone from the worktree`);
  checked("its processes are gone, its worktree stays, and its work is in the repository as well");
  expect(await stage.ao("session", "restore", id), /runs/);
  await stage.aoUntil(/I am back[^]*what next/, "screen", id);
}

async function cleanUp(stage: Stage, crew: [Player, Player]): Promise<void> {
  heading("7. End all, and clean up");
  for (const { id } of crew) expect(await stage.ao("session", "kill", id), / ended/);
  const removed = await stage.ao("session", "cleanup", "--purge");
  for (const { id } of crew) expect(removed, new RegExp(`^${id} removed`, "m"));
  await expectUntouched(stage, crew);
  checked("no worktree, no branch, no change is left in the repository");
}

async function bringBack(stage: Stage, player: Player): Promise<void> {
  heading("8. Nothing is lost: bring the work back from escrow");
  expect(await stage.ao("recover", "ls"), new RegExp(`${player.id}/`));
  expect(await stage.ao("recover", "restore", player.id), /is on branch/);
  expectTrue(hasLine(player.worktreePath, player.line) === true, "the committed line is not back");
  const noted = readFileSync(join(player.worktreePath, notes), "utf8");
  expect(noted, new RegExp(`^${player.message}$`, "m"));
  checked("the commit and the uncommitted notes are back");
  expect(await stage.ao("session", "cleanup", player.id, "--purge"), / removed/);
  await expectUntouched(stage, [player]);
}

async function checkEvents(stage: Stage, follower: Follower): Promise<void> {
  const lines = await stage.quietly("events", "--all", "--json");
  const all = lines.split("\n").map((line): number => JSON.parse(line).seq);
  const isComplete = () => follower.seen.length >= all.length || undefined;
  await stage.until(`${all.length} events from the follower`, isComplete);
  const exitCode = await follower.stop();
  expectTrue(exitCode === 0, `\`ao events --follow\` ended with ${exitCode}`);
  expect(follower.seen.join(" "), new RegExp(`^${all.join(" ")}$`));
  checked(`the follower has shown each of the ${all.length} events once and in order`);
}

async function leaveNothing(stage: Stage): Promise<void> {
  await stage.until("the end of every process", () => stage.processes().length === 0 || undefined);
  await stage.clear();
  const left = stage.leftovers();
  expectTrue(left.length === 0, `this is left:\n${left.join("\n")}`);
  checked("no process, no socket, no file is left, and nothing of ao in your home");
}

async function expectUntouched(stage: Stage, crew: readonly Player[]): Promise<void> {
  expect(await stage.git("worktree", "list"), /^[^\n]+$/);
  expect(await stage.git("branch", "--format=%(refname:short)"), /^main$/);
  expect(await stage.git("status", "--porcelain"), /^$/);
  for (const { worktreePath } of crew) {
    expectTrue(!existsSync(worktreePath), `${worktreePath} is still there`);
  }
}

async function worktreeOf(stage: Stage, id: string): Promise<string> {
  return JSON.parse(await stage.quietly("session", "show", id, "--json")).worktreePath;
}

function hasLine(worktreePath: string, line: string): true | undefined {
  const text = readFileSync(join(worktreePath, "greeting.txt"), "utf8");
  return text.split("\n").includes(line) || undefined;
}

function expect(text: string, pattern: RegExp): void {
  expectTrue(pattern.test(text), `expected ${pattern}, got ${JSON.stringify(text)}`);
}

function expectTrue(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new DemoError(otherwise);
}
