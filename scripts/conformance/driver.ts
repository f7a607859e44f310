import { join } from "node:path";

import type { Ended } from "../run.ts";
import { run } from "../run.ts";

/** The fields of a session that the steps look at. */
export interface SessionView {
  id: string;
  status: string;
  activity: string;
  agentSessionId: string | null;
  worktreePath: string;
}

/** Drives one data folder through the built `ao`, as a person would. */
export class Driver {
  constructor(
    private readonly program: string,
    private readonly env: Record<string, string>,
    private readonly repository: string,
  ) {}

  /** Runs a command, whatever comes of it. */
  async try(words: string[], limitMs = 180_000): Promise<Ended> {
    return await run([this.program, ...words], { env: this.env, cwd: this.repository, limitMs });
  }

  /** Runs a command that must succeed, and returns what it printed. */
  async run(...words: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.try(words);
    if (exitCode === 0) return stdout.trim();
    throw new Error(`ao ${words[0]} ended with ${exitCode}: ${stderr.trim() || stdout.trim()}`);
  }

  async session(id: string): Promise<SessionView> {
    return JSON.parse(await this.run("session", "show", id, "--json"));
  }

  /** Activities of a session, as its events told them, repetitions left out. */
  async activities(id: string): Promise<string[]> {
    const lines = await this.run("events", "--after", "0", "--session", id, "--json");
    const seen = lines.split("\n").flatMap((line) => {
      const payload: { activity?: string } = JSON.parse(line).payload ?? {};
      return payload.activity === undefined ? [] : [payload.activity];
    });
    return seen.filter((activity, index) => activity !== seen[index - 1]);
  }

  /** Waits until a session has a status; fails with what it had, its screen and its evidence. */
  async waitForStatus(id: string, wanted: readonly string[], withinMs: number): Promise<void> {
    let status = "";
    const isThere = await within(withinMs, async () => {
      ({ status } = await this.session(id));
      return wanted.includes(status);
    });
    if (isThere) return;
    throw new Error(`status is ${status}, not ${wanted.join(" or ")}\n${await this.evidence(id)}`);
  }

  /** What a person would look at when something is wrong. */
  async evidence(id: string): Promise<string> {
    const [why, screen] = await Promise.all([this.try(["why", id]), this.try(["screen", id])]);
    const lines = screen.stdout.split("\n").filter((line) => line.trim() !== "");
    return `${why.stdout}\n${lines.slice(-25).join("\n")}\n${await this.hookLog()}`;
  }

  /** What hooks have failed with. */
  async hookLog(): Promise<string> {
    const log = Bun.file(join(this.env["AO_DATA_DIR"] ?? "", "logs", "hook.log"));
    return (await log.exists()) ? `hook log: ${await log.text()}` : "";
  }
}

/** Looks until it is true or the time is over. */
export async function within(
  limitMs: number,
  look: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    if (await look()) return true;
    if (performance.now() >= deadline) return false;
    await Bun.sleep(100);
  }
}
