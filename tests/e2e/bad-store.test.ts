import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { dedent, type Ended, Machine, slowMs } from "../support/ao.ts";
import { canMount } from "../support/mounts.ts";
import { gitIn } from "../support/repository.ts";
import { spawnState } from "../support/store-state.ts";

setDefaultTimeout(slowMs);

const mountable = canMount();

const sleep = ["--command", "sleep 1000"];

/** Runs `ao` where `mount` has been done first; nothing of it outlives the call. */
async function aoMounted(machine: Machine, mount: string, words: string[]): Promise<Ended> {
  const script = `set -e; ${mount}; shift; exec "$0" "$@"`;
  const argv = ["unshare", "-m", "sh", "-c", script, machine.program, machine.dataDir, ...words];
  return await machine.run(argv);
}

test.skipIf(!mountable)(
  "a read-only data directory is exit 5, and nothing is written",
  async () => {
    await using machine = await Machine.withProject();
    const before = spawnState(machine.dataDir, machine.repository);
    const mount = 'mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"';
    for (const words of [["ls"], ["spawn", ...sleep], ["events", "--json"], ["daemon"]]) {
      expect(machine.block(await aoMounted(machine, mount, words))).toBe(
        dedent(`
        exit 5
        err | error: data directory <folder>/home/.ao cannot be used: read-only file system
        err | hint: make it writable, or choose another with \`--data-dir\``),
      );
    }
    expect(spawnState(machine.dataDir, machine.repository)).toBe(before);
  },
);

test.skipIf(!mountable)("a full disk is exit 5, and hides no row", async () => {
  await using machine = await Machine.withProject();
  const full = `mount -t tmpfs -o size=300k none "$1"; cp -r "${machine.folder}/copy/." "$1"
    dd if=/dev/zero of="$1/fill" bs=1k 2> /dev/null || true`;
  copyFileSync(join(machine.dataDir, "ao.db"), join(makeFolder(machine, "copy"), "ao.db"));
  for (const words of [["ls"], ["spawn", ...sleep], ["project", "set", "shop", "agent", "codex"]]) {
    expect(machine.block(await aoMounted(machine, full, words))).toBe(
      dedent(`
        exit 5
        err | error: the disk that holds <folder>/home/.ao/ao.db is full or failing
        err | hint: free some space: \`df -h <folder>/home/.ao\``),
    );
  }
});

test.skipIf(!mountable)("a spawn that fills the disk is undone", async () => {
  await using machine = await Machine.withProject();
  writeFileSync(
    join(machine.repository, "large.bin"),
    crypto.getRandomValues(new Uint8Array(60_000)).toBase64().repeat(50),
  );
  gitIn(machine.repository, "add", "--all");
  machine.git(machine.repository, "commit", "--quiet", "--message", "large");
  const before = spawnState(machine.dataDir, machine.repository);
  const worktrees = makeFolder(machine, "home/.ao/worktrees");
  const mount = `mount -t tmpfs -o size=1m none "${worktrees}"`;
  const ended = await aoMounted(machine, mount, ["spawn", ...sleep]);
  expect(ended.exitCode).toBe(1);
  expect(ended.stdout).toBe("");
  expect(ended.stderr).toMatch(/^error: .*large\.bin.*\nhint: .*\n$/);
  expect(spawnState(machine.dataDir, machine.repository)).toBe(before);
});

test("a corrupted database is refused, never overwritten, and its backup named", async () => {
  await using machine = await Machine.withProject();
  const database = join(machine.dataDir, "ao.db");
  const garbage = "this is no database ".repeat(500);
  for (const name of ["-wal", "-shm"]) rmSync(database + name, { force: true });
  writeFileSync(database, garbage);
  const none = await machine.ao(["ls"]);
  expect(none.exitCode).toBe(5);
  expect(none.stderr).toContain("hint: no backup was found beside it; move it away: `mv ");
  for (const time of ["20260301T000000000Z", "20260201T000000000Z"]) {
    writeFileSync(`${database}.v1-${time}.backup`, "");
  }
  for (const words of [["ls"], ["spawn", ...sleep], ["project", "add", "."], ["doctor"]]) {
    const ended = await machine.ao(words);
    expect(ended).toMatchObject({ exitCode: 5, stdout: "" });
    const [error, hint, ...rest] = ended.stderr.split("\n");
    expect(error).toBe(`error: database ${database} is corrupted`);
    expect(hint).toStartWith("hint: put the newest backup in its place: `");
    expect(hint).toEndWith(`cp ${database}.v1-20260301T000000000Z.backup ${database}\``);
    expect(rest).toEqual([""]);
  }
  expect(readFileSync(database, "utf8")).toBe(garbage);
});

test("a database whose end is missing is refused as well", async () => {
  await using machine = await Machine.withProject();
  const database = join(machine.dataDir, "ao.db");
  new Database(database).run("pragma wal_checkpoint(truncate)");
  truncateSync(database, 8192);
  const ended = await machine.ao(["ls"]);
  expect(ended.exitCode).toBe(5);
  expect(ended.stderr).toStartWith(`error: database ${database} is corrupted\nhint: `);
});

test("a database of a newer ao is refused, naming both versions", async () => {
  await using machine = await Machine.withProject();
  const db = new Database(join(machine.dataDir, "ao.db"));
  db.run("pragma user_version = 4711");
  db.close();
  for (const words of [["ls"], ["spawn", ...sleep], ["events", "--follow"]]) {
    const ended = await machine.ao(words);
    expect(ended.exitCode).toBe(5);
    expect(ended.stdout).toBe("");
    const told = machine.clean(ended.stderr).replace(/ao \d+\.\d+\.\d+ /, "ao <version> ");
    expect(told.replace(/only \d+/, "only <n>")).toBe(
      "error: database <folder>/home/.ao/ao.db has schema 4711, " +
        "this ao <version> knows only <n>\n" +
        "hint: install the newer `ao` that made it, or use another `--data-dir`\n",
    );
  }
});

test("a second daemon is refused, naming the first", async () => {
  await using machine = await Machine.withProject();
  await using first = machine.start(["daemon"]);
  await first.said(/runs as process/);
  expect(machine.block(await machine.ao(["daemon"]))).toBe(
    dedent(`
      exit 4
      err | error: a daemon runs already, as process ${first.process.pid}
      err | hint: ao daemon status`),
  );
  expect(await first.end("SIGTERM")).toBe(0);
});

const broken: [text: string, told: string][] = [
  ["agent = 3\n", "{file}:1: agent is 3, expected a text"],
  ['model = "x"\n\nagnet = "codex"\n', "{file}:3: agnet is not a setting"],
  [
    '[env]\n"A B" = "x"\n',
    '{file}:2: env.A B is "A B", expected a name of letters, digits and underscores',
  ],
  ['model = "x"\nsetup = [\n', "{file}:2: not TOML: Unterminated array"],
];

test.each(broken)("configuration %j is refused by file and line", async (text, told) => {
  await using machine = await Machine.withProject();
  const file = join(machine.dataDir, "config.toml");
  writeFileSync(file, text);
  const ended = await machine.ao(["spawn", ...sleep]);
  expect(ended.exitCode).toBe(2);
  expect(ended.stdout).toBe("");
  expect(ended.stderr).toStartWith(`error: ${told.replace("{file}", file)}`);
  expect(ended.stderr).toMatch(/^error: .*\nhint: .*\n$/);
});

test("a team's configuration that is broken is named by its own file", async () => {
  await using machine = await Machine.withProject();
  const file = join(makeFolder(machine, "shop/.ao"), "config.toml");
  writeFileSync(file, "runtime = 1\n");
  const ended = await machine.ao(["spawn", ...sleep]);
  expect(ended.exitCode).toBe(2);
  expect(ended.stderr).toStartWith(`error: ${file}:1: runtime is 1, expected `);
});

function makeFolder(machine: Machine, name: string): string {
  const path = join(machine.folder, name);
  if (!existsSync(path)) mkdirSync(path, { recursive: true });
  return path;
}
