import { expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { dedent, Machine, slowMs } from "../support/ao.ts";
import { spawnState } from "../support/store-state.ts";
import { userState } from "../support/user-state.ts";

setDefaultTimeout(slowMs);

const sleep = "sleep 1000";

test.concurrent(
  "spawn brings what .worktreeinclude names, and the symlinks of the project",
  async () => {
    await using machine = await Machine.create();
    const { repository } = machine;
    writeFileSync(join(repository, ".gitignore"), ".env*\nnode_modules\nbuild\n");
    writeFileSync(join(repository, ".worktreeinclude"), ".env*\n!.env.production\n");
    for (const name of [".env", ".env.local", ".env.production"]) {
      writeFileSync(join(repository, name), `${name}\n`);
    }
    mkdirSync(join(repository, "node_modules/left"), { recursive: true });
    machine.git(repository, "add", ".gitignore", ".worktreeinclude");
    machine.git(repository, "commit", "--quiet", "--message", "ignore");
    await machine.ok(["project", "add", "."]);
    const before = userState(repository);
    await machine.ok(["project", "set", "shop", "symlinks", '["node_modules"]']);
    const id = await machine.spawn(sleep);
    const { worktreePath } = await machine.session(id);
    expect(readFileSync(join(worktreePath, ".env.local"), "utf8")).toBe(".env.local\n");
    expect(existsSync(join(worktreePath, ".env.production"))).toBe(false);
    expect(lstatSync(join(worktreePath, "node_modules")).isSymbolicLink()).toBe(true);
    expect(machine.git(worktreePath, "status", "--porcelain")).toBe("");
    expect(await machine.ok(["session", "kill", id, "--purge"])).toBe(`${id} ended`);
    expect(existsSync(join(repository, "node_modules/left"))).toBe(true);
    expect(userState(repository)).toBe(before);
  },
);

const team = (marker: string) => `setup = ["echo ${marker} > setup.txt", "echo $LEVEL >> setup.txt"]
teardown = ["cp setup.txt ../torn-down.txt"]

[env]
LEVEL = "high"
`;

test.concurrent(
  "a repository's commands are inert until trusted, and again when changed",
  async () => {
    await using machine = await Machine.withProject();
    writeTeamFile(machine, team("one"));
    const ids = [await machine.spawn(sleep)];
    const setup = async (id: string | undefined) => {
      const file = join((await machine.session(id ?? "")).worktreePath, "setup.txt");
      return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    };
    expect(await setup(ids[0])).toBeUndefined();
    const shown = await machine.ok(["config", "show", "--origin", "--project", "shop"]);
    expect(shown).toContain("config.toml (not trusted, without effect)");
    const asked = await machine.ao(["project", "trust", "shop"]);
    expect(machine.block(asked)).toBe(
      dedent(`
      exit 2
      err | <folder>/shop/.ao/config.toml
      err | setup:
      err |   echo one > setup.txt
      err |   echo $LEVEL >> setup.txt
      err | teardown:
      err |   cp setup.txt ../torn-down.txt
      err | env:
      err |   LEVEL=high
      err | error: no terminal to ask on
      err | hint: ao project trust shop --yes`),
    );
    await machine.ok(["project", "trust", "shop", "--yes"]);
    ids.push(await machine.spawn(sleep));
    expect(await setup(ids[1])).toBe("one\nhigh\n");
    writeTeamFile(machine, team("two"));
    ids.push(await machine.spawn(sleep));
    expect(await setup(ids[2])).toBeUndefined();
    writeTeamFile(machine, team("one"));
    await machine.ok(["session", "kill", "shop-2", "--purge"]);
    const torn = join(machine.dataDir, "worktrees/shop/torn-down.txt");
    expect(readFileSync(torn, "utf8")).toBe("one\nhigh\n");
  },
);

test.concurrent("a setup command that fails undoes the spawn and shows its output", async () => {
  await using machine = await Machine.withProject();
  await machine.ok(["project", "set", "shop", "setup", '["echo out; echo wrong >&2; exit 7"]']);
  const before = spawnState(machine.dataDir, machine.repository);
  const ended = await machine.ao(["spawn", "--command", sleep]);
  expect(machine.block(ended)).toBe(
    dedent(`
      exit 1
      err | error: \`echo out; echo wrong >&2; exit 7\` failed (exit code 7): out / wrong
      err | hint: change it with \`ao project set\`, or in \`.ao/config.toml\``),
  );
  expect(spawnState(machine.dataDir, machine.repository)).toBe(before);
});

test.concurrent(
  "a setup command that hangs is ended after its time, with its children",
  async () => {
    await using machine = await Machine.withProject();
    await machine.ok(["project", "set", "shop", "setup", '["sleep 500 & sleep 500"]']);
    await machine.ok(["project", "set", "shop", "setupTimeoutSeconds", "1"]);
    const before = spawnState(machine.dataDir, machine.repository);
    const ended = await machine.ao(["spawn", "--command", sleep]);
    expect(machine.block(ended)).toBe(
      dedent(`
      exit 6
      err | error: \`sleep 500 & sleep 500\` took longer than 1 s
      err | hint: change it with \`ao project set\`, or in \`.ao/config.toml\``),
    );
    expect(spawnState(machine.dataDir, machine.repository)).toBe(before);
  },
);

test.concurrent("a symlink out of the repository is not followed by what is brought", async () => {
  await using machine = await Machine.create();
  const { repository, folder } = machine;
  mkdirSync(join(folder, "secret"));
  writeFileSync(join(folder, "secret/key"), "key\n");
  symlinkSync(join(folder, "secret"), join(repository, "out"));
  writeFileSync(join(repository, ".gitignore"), "out\n");
  writeFileSync(join(repository, ".worktreeinclude"), "out\nout/key\n");
  machine.git(repository, "add", ".gitignore", ".worktreeinclude");
  machine.git(repository, "commit", "--quiet", "--message", "ignore");
  await machine.ok(["project", "add", ".", "--id", "shop"]);
  const id = await machine.spawn(sleep);
  const { worktreePath } = await machine.session(id);
  const copied = readdirSync(worktreePath).includes("out");
  expect(copied && !lstatSync(join(worktreePath, "out")).isSymbolicLink()).toBe(false);
});

function writeTeamFile({ repository }: Machine, text: string): void {
  mkdirSync(join(repository, ".ao"), { recursive: true });
  writeFileSync(join(repository, ".ao/config.toml"), text);
}
