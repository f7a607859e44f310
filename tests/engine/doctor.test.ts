import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import type { AgentTrial } from "../../src/engine/doctor/agent-trial.ts";
import { agentsToTry } from "../../src/engine/doctor/agent-trial.ts";
import { self, World } from "../support/engine.ts";
import { installFakeAgents } from "../support/fake-agents.ts";
import { processesOf } from "../support/leftovers.ts";
import { Terminal } from "../support/terminal.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(120_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

/** A machine with stand-ins for two programs, and a temporary folder that can be looked into. */
function newWorld(habits = "") {
  const world = new World();
  worlds.push(world);
  installFakeAgents(world.bin, ["claude", "codex"], habits);
  const temporary = join(world.folder, "tmp");
  mkdirSync(temporary);
  const env = { TMPDIR: temporary };
  return {
    world,
    temporary,
    env,
    doctor: (...words: string[]) => world.ao(["doctor", ...words], env),
  };
}

function trialsIn(text: string): AgentTrial[] {
  return JSON.parse(text).agents;
}

/** The step that failed, with its reason. */
function failureOf({ steps }: AgentTrial): string {
  const found = steps.find(({ outcome }) => outcome === "failed");
  return `${found?.step}: ${found?.reason}`;
}

function expectNothingLeft({ world, temporary }: ReturnType<typeof newWorld>): void {
  expect(readdirSync(temporary)).toEqual([]);
  expect(processesOf(world.env["HOME"] ?? "")).toEqual([]);
}

describe.concurrent("doctor --agents", () => {
  test("takes every step with one turn each and leaves nothing", async () => {
    const made = newWorld();
    const { world, doctor } = made;
    const { exitCode, stdout } = await doctor(
      "--agents",
      "claude-code",
      "codex",
      "--yes",
      "--json",
    );
    const trials = trialsIn(stdout);
    expect(trials.map(({ agent, version }) => [agent, version])).toEqual([
      ["claude-code", "2.9.9"],
      ["codex", "0.999.0"],
    ]);
    expect(
      trials.flatMap(({ steps }) => steps.map(({ reason }) => reason).filter(Boolean)),
    ).toEqual([]);
    const names = ["start", "signal", "prompt", "idle", "stop", "resume", "clean", "end"];
    for (const { steps } of trials) {
      expect(steps.map(({ step, outcome }) => [step, outcome])).toEqual(
        names.map((name) => [name, "ok"]),
      );
    }
    expect(exitCode).toBe(0);
    expectNothingLeft(made);
    const kept = join(world.env["HOME"] ?? "", ".fake-agents");
    const conversations = readdirSync(kept).map((name) => Bun.file(join(kept, name)).text());
    expect((await Promise.all(conversations)).map((text) => text.split("\n").length - 1)).toEqual([
      1, 1,
    ]);
    expect(world.sql("select 1 from session union all select 1 from change_log")).toEqual([]);
  });

  test("prints a table of agents and steps", async () => {
    const { doctor } = newWorld();
    const { exitCode, stdout, stderr } = await doctor("--agents", "codex", "--yes");
    expect(stdout.replaceAll(/\d+\.\d s/g, "N s").replaceAll(/ {2,}/g, "  ")).toBe(
      [
        "AGENT  VERSION  START  SIGNAL  PROMPT  IDLE  STOP  RESUME  CLEAN  END  TIME",
        "codex  0.999.0  ok N s  ok N s  ok N s  ok N s  ok N s  ok N s  ok N s  ok N s  N s",
        "",
      ].join("\n"),
    );
    expect(stderr).toContain("one short turn each, under your own login: codex 0.999.0");
    expect(exitCode).toBe(0);
  });

  test.each([
    ["dies", /^(start|signal): the agent exited with code 3( at once)?: Invalid API key$/],
    ["asks", /^idle: it asks \(approval\): .*touch \/etc\/shop/],
    ["forgets", /^resume: conversation \S+ became \S+$/],
    ["litters", /^clean: git status shows \?\? litter.txt$/],
  ])("of an agent that %s tells the step and leaves nothing", async (habit, expected) => {
    const made = newWorld(habit);
    const { exitCode, stdout } = await made.doctor("--agents", "claude-code", "--yes", "--json");
    const [trial] = trialsIn(stdout);
    expect(trial && failureOf(trial)).toMatch(expected);
    expect(trial?.isPassed).toBe(false);
    expect(trial?.steps.at(-1)).toMatchObject({ step: "end", outcome: "ok" });
    expect(exitCode).toBe(1);
    expectNothingLeft(made);
  });

  test("interrupted ends what it started and leaves nothing", async () => {
    const made = newWorld("hangs");
    const { world, temporary, env } = made;
    const { child, ended } = world.start(["doctor", "--agents", "codex", "--yes"], env);
    const kept = join(world.env["HOME"] ?? "", ".fake-agents");
    await waitFor(() => readdirSync(kept).length > 0, { withinMs: 60_000, what: "the turn" });
    expect(readdirSync(temporary)).toHaveLength(1);
    child.kill("SIGINT");
    const { exitCode, stdout } = await ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
    expectNothingLeft(made);
  });

  test("asks on a terminal, and no is the answer that stands ready", async () => {
    const { world, env, temporary } = newWorld();
    const argv = [...self, "doctor", "--agents", "codex"];
    const options = { cwd: world.root, env: { ...world.env, ...env }, columns: 120 };
    await using terminal = new Terminal(argv, options);
    await terminal.shows(/one short turn each, .*: codex 0\.999\.0\n[^]*Start them\?/);
    terminal.type("\r");
    expect(await terminal.ended()).toBe(1);
    await terminal.shows("error: no agent was tried");
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("is refused before anything starts when it makes no sense", async () => {
    const { world, temporary, doctor } = newWorld();
    const refusals = [
      [["--agents", "codex"], 2, "hint: ao doctor --agents codex --yes"],
      [["codex"], 2, "hint: ao doctor --agents codex"],
      [["--yes"], 2, "hint: ao doctor"],
      [["--agents", "command", "--yes"], 2, "error: agent command stands for any program"],
      [["--agents", "nobody", "--yes"], 3, "error: agent nobody not found"],
    ] as const;
    for (const [words, code, said] of refusals) {
      const { exitCode, stdout, stderr } = await doctor(...words);
      expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: "" });
      expect(stderr).toContain(said);
    }
    expect(readdirSync(temporary)).toEqual([]);
    expect(processesOf(world.env["HOME"] ?? "")).toEqual([]);
  });

  test("without names chooses what is installed and refuses what is not", async () => {
    const { world } = newWorld();
    const engine = world.engine({ env: { PATH: world.bin, HOME: world.env["HOME"] } });
    const chosen = await agentsToTry(engine, []);
    expect(chosen.map(({ view }) => view.name)).toEqual(
      expect.arrayContaining(["claude-code", "codex"]),
    );
    const absent = agentsToTry(world.engine({ env: { PATH: "/nowhere" } }), ["codex"]);
    expect(absent).rejects.toMatchObject({ code: "unavailable" });
  });
});
