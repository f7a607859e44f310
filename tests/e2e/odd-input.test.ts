import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Machine, slowMs } from "../support/ao.ts";
import { gitIn } from "../support/repository.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(slowMs);

/** Copies its task to where the test looks. */
const keepTask = `sh -c 'cat "$AO_PROMPT_FILE" > task.tmp; mv task.tmp task.txt; sleep 1000'`;

interface Explanation {
  evidence: { verdict: string }[];
}

test.concurrent("spawn with a task of 1 MB hands it over byte by byte", async () => {
  await using machine = await Machine.withProject();
  const line = "naïve – 任务 \u0007 'quoted' \"twice\" $HOME `x` \\ \t end\n";
  const task = line.repeat(Math.ceil(1_048_576 / Buffer.byteLength(line)));
  const file = join(machine.folder, "task file.txt");
  writeFileSync(file, task);
  const words = ["spawn", "--quiet", "--command", keepTask];
  const ids = await Promise.all([
    machine.ok([...words, "--prompt-file", file]),
    machine.ok([...words, "--prompt-file", "-"], { stdin: task }),
  ]);
  for (const id of ids) {
    const { worktreePath, title } = await machine.session(id);
    const read = () => readFileSync(join(worktreePath, "task.txt"), "utf8");
    expect(await waitFor(read, { withinMs: 10_000 })).toBe(task);
    expect(title).toStartWith("naïve – 任务 ");
    expect(await machine.ok(["session", "show", id, "--prompt"])).toBe(task.replace(/\n$/, ""));
  }
});

test.concurrent("a task that is too long for an argument is refused at {prompt}", async () => {
  await using machine = await Machine.withProject();
  const words = ["spawn", "--command", "echo {prompt}", "--prompt-file", "-"];
  const ended = await machine.ao(words, { stdin: "x".repeat(1_048_576) });
  expect(machine.block(ended)).toBe(
    "exit 2\nerr | error: the task has 1048576 bytes, too long for an argument\n" +
      "err | hint: read it from the file that AO_PROMPT_FILE names instead of `{prompt}`",
  );
});

test.concurrent("a task is one word at {prompt}, whatever it holds", async () => {
  await using machine = await Machine.withProject();
  const task = "a 'b' \"c\" $(touch owned) `touch owned` ; touch owned\n--flag {prompt}";
  const id = await machine.spawn("sh -c 'printf %s \"$1\" > got; sleep 1000' x {prompt}", task);
  const { worktreePath } = await machine.session(id);
  const read = () => readFileSync(join(worktreePath, "got"), "utf8") || undefined;
  expect(await waitFor(read)).toBe(task);
});

test.concurrent("a data directory with a path of 200 characters works", async () => {
  const dataDir = join("d".repeat(100), "e".repeat(80), "f".repeat(60));
  await using machine = await Machine.withProject({ dataDir });
  expect(machine.dataDir.length).toBeGreaterThan(200);
  const id = await machine.spawn();
  await machine.ok(["send", id, "hi"]);
  const screen = async () => (await machine.ok(["screen", id])).includes("got hi");
  await waitFor(screen, { withinMs: 10_000 });
  await machine.ok(["session", "kill", id, "--purge"]);
});

test.concurrent("two data directories share a repository and a project's name", async () => {
  await using machine = await Machine.withProject();
  const other = { env: { AO_DATA_DIR: join(machine.folder, "other") } };
  await machine.ok(["project", "add", ".", "--id", "shop"], other);
  const spawn = ["spawn", "--quiet", "--command", "sleep 1000"];
  try {
    const first = await machine.ok(spawn);
    const second = await machine.ok(spawn, other);
    expect([first, second]).toEqual(["shop-1", "shop-2"]);
    const both = await Promise.all([machine.ok(spawn), machine.ok(spawn, other)]);
    expect(new Set(both).size).toBe(2);
    const branches = gitIn(machine.repository, "branch", "--list", "ao/*").split("\n");
    expect(branches).toHaveLength(4);
    await machine.ok(["session", "kill", first, "--purge"]);
    const { evidence } = await machine.json<Explanation>(["why", second], other);
    expect(evidence.map(({ verdict }) => verdict)).toContain("runtime alive, agent alive");
  } finally {
    const { sessions } = await machine.json<{ sessions: { id: string }[] }>(["ls"], other);
    for (const { id } of sessions) await machine.ok(["session", "kill", id], other);
  }
});

test.concurrent("a reader that leaves ends a list quietly", async () => {
  await using machine = await Machine.withProject();
  for (let count = 0; count < 3; count += 1) await machine.spawn("sleep 1000");
  for (let count = 0; count < 40; count += 1) {
    await machine.ok(["session", "rename", "shop-1", `title ${count} ${"long ".repeat(30)}`]);
  }
  const { program } = machine;
  for (const words of ["ls", "events --all", "events --all --json"]) {
    const script = `set -o pipefail; "$0" ${words} | head -1`;
    const ended = await machine.run(["bash", "-c", script, program]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
    expect(ended.stdout.split("\n")).toHaveLength(2);
  }
});

test.concurrent(
  "the project is that of the directory, of a worktree, or of AO_PROJECT_ID",
  async () => {
    await using machine = await Machine.withProject();
    const other = join(machine.folder, "other");
    machine.makeRepository(other);
    await machine.ok(["project", "add", other]);
    mkdirSync(join(machine.repository, "deep/er"), { recursive: true });
    const spawn = ["spawn", "--quiet", "--command", "sleep 1000"];
    const at = (cwd: string, env = {}) => machine.ok(spawn, { cwd, env });
    expect(await at(join(machine.repository, "deep/er"))).toBe("shop-1");
    const { worktreePath } = await machine.session("shop-1");
    expect(await at(worktreePath)).toBe("shop-2");
    expect(await at(other)).toBe("other-1");
    expect(await at(machine.repository, { AO_PROJECT_ID: "other" })).toBe("other-2");
    const nowhere = await machine.ao(spawn, { cwd: machine.home });
    expect(machine.block(nowhere)).toBe(
      "exit 2\nerr | error: which project is not clear\n" +
        "err | hint: name it: `--project ID` (`ao project ls`)",
    );
  },
);

test.concurrent("AO_SESSION_ID is the session that a command means", async () => {
  await using machine = await Machine.withProject();
  const id = await machine.spawn();
  const env = { AO_SESSION_ID: id };
  const shown = await machine.ok(["session", "show", "--json"], { env });
  expect((JSON.parse(shown) as { id: string }).id).toBe(id);
  const name = "ao session show --json > shown.tmp && mv shown.tmp shown.json; sleep 1000";
  const inner = await machine.spawn(`sh -c '${name}'`);
  const { worktreePath } = await machine.session(inner);
  const read = () => readFileSync(join(worktreePath, "shown.json"), "utf8");
  const found = JSON.parse(await waitFor(read, { withinMs: 10_000 })) as { id: string };
  expect(found.id).toBe(inner);
});
