import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

import { Machine, type SessionJson } from "../support/ao.ts";
import { processesOf } from "../support/leftovers.ts";
import { type ModelServer, startModelServer } from "../support/model-server/server.ts";
import { waitFor } from "../support/wait.ts";
import {
  copyHome,
  dropPreparedHome,
  opencodeProgram,
  quiet,
  tellWhySkipped,
} from "./real-server.ts";

tellWhySkipped();

const withinMs = 600_000;

/** The real program takes seconds to start and to answer, more so on a busy machine. */
const soon = { withinMs: 150_000 };

interface OpencodeSessionJson extends SessionJson {
  agentSessionId: string | null;
  activityDetail: { text: string } | null;
}

describe.skipIf(!opencodeProgram)("a session of the real opencode", () => {
  let model: ModelServer;
  let machine: Machine;

  beforeAll(async () => {
    model = startModelServer();
    machine = await Machine.withProject();
    await copyHome(machine.home, model.url);
    const folder = dirname(opencodeProgram ?? "");
    Object.assign(machine.env, quiet, { PATH: `${folder}:${machine.env["PATH"]}` });
  }, withinMs);

  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    await model?.stop();
    await dropPreparedHome();
  }, withinMs);

  test(
    "works at its task, asks, is answered, takes texts, and goes on after a kill",
    async () => {
      const settings = readFileSync(settingsPath(), "utf8");
      const id = await spawn("accept-edits", "first [[sh touch made.txt]] [[say done one]]");
      const asking = await reaches(id, "needs_approval");
      expect(asking.activityDetail?.text).toBe("bash: touch made.txt");
      expect(machine.git(asking.worktreePath, "status", "--short")).toBe("");
      // The signal is faster than the terminal.
      await shows(id, "Permission required");
      await machine.ok(["approve", id]);
      const { agentSessionId, worktreePath } = await reaches(id, "idle");
      expect(existsSync(join(worktreePath, "made.txt"))).toBe(true);
      expect(agentSessionId).toStartWith("ses_");
      await shows(id, "done one");

      expect(await machine.ok(["send", id, "second [[say done two]]"])).toStartWith("acked");
      await shows(id, "done two");

      await reaches(id, "idle");
      expect(await machine.ok(["send", id, "third [[slow 60000]]"])).toStartWith("acked");
      await reaches(id, "working");
      await machine.ok(["session", "kill", id]);
      expect(opencodeProcesses()).toEqual([]);

      expect(await machine.ok(["session", "restore", id])).toContain("its conversation goes on");
      await reaches(id, "idle");
      expect(await machine.ok(["send", id, "fourth [[say done four]]"])).toStartWith("acked");
      await shows(id, "done four");
      expect((await session(id)).agentSessionId).toBe(agentSessionId);
      // The task is in the conversation, so the restored agent was not given it again.
      const prompts = model.asked.at(-1)?.turns.filter(({ role }) => role === "user") ?? [];
      const tasks = prompts.filter(({ blocks }) => blocks.join("").includes("first [["));
      expect(tasks.length).toBe(1);
      expect(readFileSync(settingsPath(), "utf8")).toBe(settings);
      await machine.ok(["session", "kill", id]);
    },
    withinMs,
  );

  test(
    "takes a long text, and one full of control characters, as they are",
    async () => {
      const id = await spawn("default", "hello [[say ready]]");
      await reaches(id, "idle");
      const lines = Array.from({ length: 400 }, (_, index) => `line ${index} of a long text `);
      const long = `${lines.join("\n").padEnd(20_000, "x")}\n[[say done long]]`;
      expect(await machine.ok(["send", id, long])).toStartWith("acked");
      await waitFor(() => wasAsked(long), soon);
      await reaches(id, "idle");
      const odd =
        "a \u001b[31mred\u001b[0m $(touch x) `touch y` \u0003\u0004 'q' \"z\" \\n [[say done odd]]";
      expect(await machine.ok(["send", id, odd])).toStartWith("acked");
      await waitFor(() => wasAsked("a [31mred[0m $(touch x) `touch y`  'q'"), soon);
      await machine.ok(["session", "kill", id]);
    },
    withinMs,
  );

  test(
    "is refused its tool by a person, and waits for the next text",
    async () => {
      const id = await spawn("accept-edits", "first [[sh touch refused.txt]]");
      const { worktreePath } = await reaches(id, "needs_approval");
      await machine.ok(["approve", id, "--deny"]);
      await reaches(id, "idle");
      expect(existsSync(join(worktreePath, "refused.txt"))).toBe(false);
      await machine.ok(["session", "kill", id]);
    },
    withinMs,
  );

  test(
    "asks nobody in mode bypass, whatever the person's settings ask",
    async () => {
      const own = { OPENCODE_CONFIG_CONTENT: JSON.stringify({ permission: { bash: "ask" } }) };
      const task = "first [[sh touch made.txt]] [[say done]]";
      const ids = await Promise.all([spawn("bypass", task, own), spawn("auto", task, own)]);
      for (const id of ids) {
        const { worktreePath } = await reaches(id, "idle");
        expect(existsSync(join(worktreePath, "made.txt"))).toBe(true);
      }
      await Promise.all(ids.map((id) => machine.ok(["session", "kill", id])));
    },
    withinMs,
  );

  test(
    "leaves no process when its host dies, and ends when its server does",
    async () => {
      const id = await spawn("default", "hello [[say ready]]");
      await reaches(id, "idle");
      end(pidOf("__opencode"));
      await reaches(id, "exited");
      await waitFor(() => opencodeProcesses().length === 0, soon);

      await machine.ok(["session", "restore", id]);
      await waitFor(() => opencodeProcesses().length === 2, soon);
      await shows(id, "ready");
      end(pidOf("serve"));
      await reaches(id, "exited");
      await waitFor(() => opencodeProcesses().length === 0, soon);
      expect(await machine.ok(["logs", id])).toContain("opencode's server was ended by SIGKILL");
      await machine.ok(["session", "kill", id]);
    },
    withinMs,
  );

  function spawn(mode: string, task: string, env: Record<string, string> = {}): Promise<string> {
    const words = ["spawn", "--quiet", "--agent", "opencode", "--mode", mode, task];
    return machine.ok(words, { env });
  }

  function session(id: string): Promise<OpencodeSessionJson> {
    return machine.json<OpencodeSessionJson>(["session", "show", id]);
  }

  /** Waits for a status that the session has and keeps reporting. */
  function reaches(id: string, status: string): Promise<OpencodeSessionJson> {
    return waitFor(
      async () => {
        const found = await session(id);
        // Before its first turn it is idle too, and has no conversation yet.
        const isThere = found.status === status && found.agentSessionId !== null;
        if (status !== "idle") return found.status === status && found;
        return isThere && (await screenOf(id)).includes("▣") && found;
      },
      { ...soon, what: `status ${status} of ${id}` },
    );
  }

  async function shows(id: string, text: string): Promise<void> {
    await waitFor(async () => (await screenOf(id)).includes(text), { ...soon, what: text });
  }

  function screenOf(id: string): Promise<string> {
    return machine.ok(["screen", id]);
  }

  function wasAsked(text: string): boolean {
    return model.asked.some(({ turns }) =>
      JSON.stringify(turns).includes(JSON.stringify(text).slice(1, -1)),
    );
  }

  function settingsPath(): string {
    return join(machine.home, ".config", "opencode", "opencode.json");
  }

  function opencodeProcesses(): number[] {
    const program = realpathSync(opencodeProgram ?? "");
    return processesOf(machine.home).filter((pid) => executableOf(pid) === program);
  }

  function pidOf(word: string): number {
    const found = processesOf(machine.home).find((pid) => commandOf(pid).includes(word));
    if (found === undefined) throw new Error(`no process runs ${word}`);
    return found;
  }
});

function executableOf(pid: number): string {
  try {
    return realpathSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}

function commandOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
}

/** A pid that this machine's own home has in its environment. */
function end(pid: number): void {
  process.kill(pid, "SIGKILL");
}
