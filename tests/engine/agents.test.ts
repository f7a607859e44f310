import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { agents } from "../../src/agent/table.ts";
import { listAgents, showAgent } from "../../src/engine/agents.ts";
import { World } from "../support/engine.ts";
import { installFakeAgents } from "../support/fake-agents.ts";

setDefaultTimeout(60_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

/** A home without any login, whose path leads to nothing but what the test puts there. */
function newWorld(env: Record<string, string> = {}) {
  const world = new World();
  worlds.push(world);
  const home = join(world.folder, "home");
  const engine = world.engine({ env: { PATH: world.bin, HOME: home, ...env } });
  return { world, home, engine };
}

/** A program that tells a version and its login, and counts how often it was asked for what. */
function installCounting(world: World, name: string, version: string, loginCode = 1): () => string {
  const log = join(world.folder, `${name}.log`);
  const lines = [
    "#!/bin/sh",
    `echo "$1" >> '${log}'`,
    `[ "$1" = --version ] && echo 'v${version}' && exit 0`,
    `exit ${loginCode}`,
  ];
  world.program(name, `${lines.join("\n")}\n`);
  return () =>
    existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").sort().join(" ") : "";
}

describe.concurrent("the catalogue of agents", () => {
  test("lists every kind with what is installed", async () => {
    const { world, engine } = newWorld();
    installFakeAgents(world.bin, ["claude"]);
    const views = await listAgents(engine);
    expect(views.map(({ name }) => name)).toEqual([...agents.keys()]);
    expect(views.find(({ name }) => name === "claude-code")).toMatchObject({
      path: join(world.bin, "claude"),
      version: "2.9.9",
      isInstalled: true,
      isTooOld: false,
      authentication: "logged_out",
      receipts: "hook",
      canResume: true,
    });
    expect(views.find(({ name }) => name === "command")).toMatchObject({
      isInstalled: true,
      path: null,
    });
  });

  test("shows one kind, and refuses a name that nobody knows", async () => {
    const { engine } = newWorld();
    const view = await showAgent(engine, "gemini");
    expect(view).toMatchObject({ name: "gemini", modes: ["default", "accept-edits", "bypass"] });
    expect(showAgent(engine, "nobody")).rejects.toMatchObject({ code: "not_found" });
  });

  test("asks a program once, and again when its file has changed", async () => {
    const { world, engine } = newWorld();
    const asked = installCounting(world, "claude", "2.1.0");
    await showAgent(engine, "claude-code");
    await listAgents(engine);
    expect(asked()).toBe("--version auth");
    installCounting(world, "claude", "3.0.1", 0);
    utimesSync(join(world.bin, "claude"), 1, 1);
    const view = await showAgent(engine, "claude-code");
    expect(view).toMatchObject({ version: "3.0.1", authentication: "logged_in" });
    expect(asked()).toBe("--version --version auth auth");
  });

  test("sees a key or a login's file at once, without asking the program", async () => {
    const { world, home, engine } = newWorld();
    const asked = installCounting(world, "gemini", "0.61.0");
    expect((await showAgent(engine, "gemini")).authentication).toBe("unknown");
    const file = join(home, ".gemini", "oauth_creds.json");
    mkdirSync(dirname(file));
    writeFileSync(file, "{}");
    expect((await showAgent(engine, "gemini")).authentication).toBe("logged_in");
    const moved = world.engine({
      env: { PATH: world.bin, HOME: home, GEMINI_CLI_HOME: world.folder },
    });
    expect((await showAgent(moved, "gemini")).authentication).toBe("unknown");
    const keyed = world.engine({ env: { ...moved.env, GEMINI_API_KEY: "key" } });
    expect((await showAgent(keyed, "gemini")).authentication).toBe("logged_in");
    expect(asked()).toBe("--version");
  });

  test("marks a version that is older than the adapter was written for", async () => {
    const { world, engine } = newWorld();
    installCounting(world, "claude", "1.0.128");
    expect(await showAgent(engine, "claude-code")).toMatchObject({
      version: "1.0.128",
      minimumVersion: "2.1.0",
      isTooOld: true,
    });
  });

  test("of a program that cannot be started or tells nothing goes on without", async () => {
    const { world, engine } = newWorld();
    world.program("claude", "#!/nowhere/interpreter\n");
    world.program("codex", "#!/bin/sh\nexit 3\n");
    const views = await listAgents(engine);
    const found = views.filter(({ path }) => path?.startsWith(world.bin));
    expect(
      found.map(({ name, version, authentication }) => [name, version, authentication]),
    ).toEqual([
      ["claude-code", null, "unknown"],
      ["codex", null, "logged_out"],
    ]);
    // Nothing was learned, so it is asked again.
    const asked = installCounting(world, "codex", "0.170.0");
    expect((await showAgent(engine, "codex")).version).toBe("0.170.0");
    expect(asked()).toBe("--version login");
  });

  test("waits a limited time for a program that hangs", async () => {
    const { world, engine } = newWorld();
    world.program("codex", "#!/bin/sh\nexec /bin/sleep 600\n");
    const from = performance.now();
    const view = await showAgent(engine, "codex");
    expect(view).toMatchObject({ isInstalled: true, version: null, authentication: "unknown" });
    expect(performance.now() - from).toBeLessThan(30_000);
  });

  test("reads no cache that is broken", async () => {
    const { world, engine } = newWorld();
    installCounting(world, "claude", "2.1.0");
    mkdirSync(join(world.dataDir, "cache"));
    for (const content of ["null", "{", '{"x":{"version":7}}', "[]"]) {
      writeFileSync(join(world.dataDir, "cache", "agents.json"), content);
      expect((await showAgent(engine, "claude-code")).version).toBe("2.1.0");
    }
  });
});

describe("every adapter", () => {
  test.each([...agents.values()].map((adapter) => [adapter.name, adapter] as const))(
    "%s says how a login is seen, and a version, where it has a program that was tried",
    (_name, { programs, isTried, authentication, minimumVersion }) => {
      const isWanted = programs.length > 0 && isTried;
      expect(authentication !== undefined).toBe(isWanted);
      expect(minimumVersion !== undefined).toBe(isWanted);
    },
  );
});
