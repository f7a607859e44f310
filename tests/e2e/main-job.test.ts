import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Running } from "../support/ao-running.ts";
import { echo, Machine, type SessionJson, slowMs } from "../support/ao.ts";
import { gitIn } from "../support/repository.ts";
import { userState } from "../support/user-state.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(slowMs);

interface EventJson {
  seq: number;
  at: string;
  projectId: string;
  sessionId?: string;
  type: string;
  payload: Record<string, unknown>;
}

const ids = ["shop-1", "shop-2", "shop-3"];

test("the main job done from four shells goes well from the first to the last verb", async () => {
  await using machine = await Machine.create();
  makeUserWork(machine);
  const before = userState(machine.repository);

  const added = await machine.ao(["project", "add", machine.repository]);
  expect(machine.block(added)).toBe(
    'exit 0\nout | shop\nerr | start an agent: `ao spawn --project shop "the task"`',
  );
  await using follower = machine.start(["events", "--follow", "--all", "--json"]);

  await spawnThree(machine);
  for (const id of ids) await talkTo(machine, id);
  await killAndRestore(machine);
  await checkEvents(machine, follower);
  await cleanUp(machine);
  expect(userState(machine.repository)).toBe(before);
  await bringBack(machine);
});

/** What a person may have lying about: a stash, a hook, an exclude, an ignored and a new file. */
function makeUserWork({ repository }: Machine): void {
  writeFileSync(join(repository, "readme.txt"), "stashed\n");
  gitIn(repository, "-c", "user.name=T", "-c", "user.email=t@localhost", "stash", "--quiet");
  const hook = "#!/bin/sh\nexit 1\n";
  writeFileSync(join(repository, ".git/hooks/post-checkout"), hook, { mode: 0o755 });
  writeFileSync(join(repository, ".git/info/exclude"), "*.ignored\n");
  writeFileSync(join(repository, "x.ignored"), "ignored\n");
  writeFileSync(join(repository, "new.txt"), "untracked\n");
}

async function spawnThree(machine: Machine): Promise<void> {
  const one = (task: string) =>
    machine.ao(["spawn", task, "--agent", "command", "--command", echo]);
  const spawned = await Promise.all(["first", "second", "third"].map(one));
  expect(spawned.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  expect(spawned.map(({ stdout }) => stdout.trim()).sort()).toEqual(ids);
  for (const { stdout, stderr } of spawned) {
    expect(stderr).toBe(`watch it: \`ao attach ${stdout.trim()}\`\n`);
  }
  const sessions = (await machine.sessions()).sort((one, other) => (one.id < other.id ? -1 : 1));
  expect(sessions.map(({ id }) => id)).toEqual(ids);
  expect(sessions.map(({ branch }) => branch)).toEqual(ids.map((id) => `ao/${id}/root`));
  expect(sessions.map(({ title }) => title).sort()).toEqual(["first", "second", "third"]);
  const paths = ids.map((id) => join(machine.dataDir, "worktrees", "shop", id));
  expect(sessions.map(({ worktreePath }) => worktreePath)).toEqual(paths);
  for (const path of paths) expect(readFileSync(join(path, "readme.txt"), "utf8")).toBe("one\n");
}

async function talkTo(machine: Machine, id: string): Promise<void> {
  const sent = await machine.ao(["send", id, `for ${id}`]);
  expect(machine.block(sent)).toBe("exit 0\nout | submitted <uuid>");
  const answer = async () => (await machine.ok(["screen", id])).includes(`got for ${id}`);
  await waitFor(answer, { withinMs: 10_000, what: `the answer of ${id}` });
}

async function killAndRestore(machine: Machine): Promise<void> {
  const { worktreePath } = await machine.session("shop-1");
  writeFileSync(join(worktreePath, "readme.txt"), "changed\n");
  writeFileSync(join(worktreePath, "extra.txt"), "new\n");
  const killed = await machine.ao(["session", "kill", "shop-1"]);
  expect(machine.block(killed)).toBe(
    "exit 0\nout | shop-1 ended, its work is in escrow: refs/ao/escrow/shop-1/1",
  );
  const session = await machine.session("shop-1");
  expect(session).toMatchObject({ status: "killed", terminationReason: "killed" });
  expect(readFileSync(join(worktreePath, "extra.txt"), "utf8")).toBe("new\n");
  const saved = gitIn(machine.repository, "show", "refs/ao/escrow/shop-1/1:extra.txt");
  expect(saved).toBe("new");

  const restored = await machine.ao(["session", "restore", "shop-1"]);
  expect(machine.block(restored)).toBe(
    "exit 0\nout | shop-1 runs: a new conversation\nerr | its conversation starts anew",
  );
  expect(readFileSync(join(worktreePath, "readme.txt"), "utf8")).toBe("changed\n");
  expect(await machine.session("shop-1")).toMatchObject({ isTerminated: false, exitCode: null });
  await talkTo(machine, "shop-1");
}

/** The follower printed each event of the log as it happened, in order. */
async function checkEvents(machine: Machine, follower: Running): Promise<void> {
  const log = (await machine.ok(["events", "--all", "--json"])).split("\n");
  await waitFor(() => follower.lines.length >= log.length, { what: "all events" });
  const { lines } = follower;
  const events = lines.map((line) => JSON.parse(line) as EventJson);
  const seqs = events.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
  expect(new Set(seqs).size).toBe(seqs.length);
  expect(lines.slice(0, log.length)).toEqual(log);
  for (const id of ids) {
    const types = events.filter(({ sessionId }) => sessionId === id).map(({ type }) => type);
    expect(types[0]).toBe("session_created");
    expect(types).toContain("session_updated");
    expect(types).toContain("message_updated");
  }
  for (const { at, projectId } of events) {
    expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(projectId).toBe("shop");
  }
}

async function cleanUp(machine: Machine): Promise<void> {
  for (const id of ids) await machine.ok(["session", "kill", id]);
  const early = await machine.ao(["session", "cleanup"]);
  expect(machine.block(early)).toContain("shop-1 kept: its grace period ends in 60 min");
  const cleaned = await machine.ao(["session", "cleanup", "--purge"]);
  expect(cleaned.exitCode).toBe(0);
  expect(cleaned.stdout.trim().split("\n").sort()).toEqual([
    "shop-1 removed, its work is in refs/ao/escrow/shop-1/1",
    "shop-2 removed",
    "shop-3 removed",
  ]);
  expect(existsSync(join(machine.dataDir, "worktrees/shop/shop-1"))).toBe(false);
}

async function bringBack(machine: Machine): Promise<void> {
  const listed = await machine.json<{ escrows: { ref: string }[] }>(["recover", "ls", "shop-1"]);
  expect(listed.escrows.at(-1)?.ref).toBe("refs/ao/escrow/shop-1/1");
  await machine.ok(["session", "rm", "shop-2"]);
  const gone = await machine.ao(["session", "show", "shop-2"]);
  expect(machine.block(gone)).toBe(
    "exit 3\nerr | error: session shop-2 not found\nerr | hint: ao ls --all",
  );
  await machine.ok(["session", "rm", "shop-1"]);
  const found = await machine.json<{ path: string; branch: string }>([
    "recover",
    "restore",
    "shop-1",
  ]);
  expect(readFileSync(join(found.path, "extra.txt"), "utf8")).toBe("new\n");
  expect(readFileSync(join(found.path, "readme.txt"), "utf8")).toBe("changed\n");
  const last: SessionJson[] = await machine.sessions();
  expect(last.map(({ id }) => id)).toEqual(["shop-3"]);
}
