import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { approve } from "../../src/engine/approve.ts";
import { recheckDialogs } from "../../src/engine/dialog.ts";
import { applyHook } from "../../src/engine/signal.ts";
import { explain } from "../../src/engine/why.ts";
import { findEvidence } from "../../src/store/evidence.ts";
import { getSession } from "../../src/store/session.ts";
import { runtimes, World } from "../support/engine.ts";
import { waitFor } from "../support/wait.ts";
import { addFakes, harmOf, notesOf, spawnFake, wish } from "./fakes.ts";

setDefaultTimeout(120_000);

const { world, engine, project } = await World.withProject();
addFakes(world);
afterAll(() => world.close());

async function blocked(runtime: (typeof runtimes)[number]): Promise<string> {
  const { id } = await spawnFake({ world, engine, project }, { kind: "calm", runtime });
  wish(world, id, "asked");
  await waitFor(() => activity(id) === "blocked", { withinMs: 30_000 });
  return id;
}

const activity = (id: string) => getSession(engine.store, id).activity;
const answers = (id: string) =>
  notesOf(world, id).flatMap(({ kind, what }) => (kind === "answered" ? [what] : []));

describe.concurrent.each([...runtimes])("a dialog on %s", (runtime) => {
  test("is allowed by `ao approve`, and the agent goes on", async () => {
    const id = await blocked(runtime);
    expect(await world.must("approve", id)).toContain("allowed: Bash");
    await waitFor(() => activity(id) === "idle", { withinMs: 30_000 });
    expect(answers(id)).toEqual(["allowed"]);
  });

  test("is refused by `ao approve --deny`, though no hook tells of it", async () => {
    const id = await blocked(runtime);
    expect(await world.must("approve", id, "--deny")).toContain("refused: Bash");
    expect(activity(id)).toBe("idle");
    expect(answers(id)).toEqual(["refused"]);
    expect(await world.ao(["approve", id])).toMatchObject({ exitCode: 4 });
  });

  test("is not answered while another choice is highlighted", async () => {
    const id = await blocked(runtime);
    wish(world, id, "other");
    await waitFor(async () => (await world.must("screen", id)).includes("❯ 2. No"), {
      withinMs: 30_000,
    });
    const refused = await world.ao(["approve", id]);
    expect(refused).toMatchObject({ exitCode: 4, stdout: "" });
    expect(refused.stderr).toContain(`ao attach ${id}`);
    expect([...answers(id), ...harmOf(world, id)]).toEqual([]);
    expect(activity(id)).toBe("blocked");
  });

  test("is not answered for who was shown another one", async () => {
    const id = await blocked(runtime);
    const asked = getSession(engine.store, id).activityDetail?.text ?? "";
    await expect(approve(engine, id, true, `${asked}?`)).rejects.toThrow(
      "does not ask for that any more",
    );
    expect([...answers(id), ...harmOf(world, id)]).toEqual([]);
    expect(await approve(engine, id, true, asked)).toMatchObject({ asked, isAnswered: true });
  });

  test("that was allowed leaves a session at work as long as its call runs", async () => {
    const id = await blocked(runtime);
    const file = wish(world, id, "long");
    expect(await approve(engine, id, true)).toMatchObject({ isAnswered: true });
    expect(activity(id)).toBe("active");
    await recheckDialogs(engine);
    expect(activity(id)).toBe("active");
    rmSync(file);
    await waitFor(() => activity(id) === "idle", { withinMs: 30_000 });
  });

  test("that was allowed by hand is not taken for the end of a turn", async () => {
    const id = await blocked(runtime);
    wish(world, id, "long");
    wish(world, id, "vanish");
    await waitFor(
      async () => {
        await recheckDialogs(engine);
        return activity(id) !== "blocked";
      },
      { withinMs: 30_000 },
    );
    expect(activity(id)).toBe("active");
    const { detail } = findEvidence(engine.store, id, "screen") ?? {};
    expect(detail).toContain("goes on changing");
  });

  test("that is gone without a signal leaves the session idle", async () => {
    const id = await blocked(runtime);
    await recheckDialogs(engine);
    expect(activity(id)).toBe("blocked");
    wish(world, id, "vanish");
    await waitFor(
      async () => {
        await recheckDialogs(engine);
        return activity(id) === "idle";
      },
      { withinMs: 30_000 },
    );
    const { rule, evidence } = await explain(engine, id);
    expect(rule).toContain("its screen shows neither a dialog nor a turn");
    // No hook has ever said that it is idle.
    expect(evidence.find(({ source }) => source === "hook")?.verdict).toBe("asked");
    const about = `session_id = '${id}' and type = 'needs_approval'`;
    const open = world.sql(`select id from notification where ${about} and resolved_at is null`);
    expect(open).toEqual([]);
  });
});

test("work that a silent terminal speaks against is told of as a contradiction", async () => {
  const { id, launchId } = await spawnFake({ world, engine, project }, { kind: "calm" });
  applyHook(engine.store, id, launchId ?? "", { meaning: { kind: "prompted", prompt: "go" } });
  expect((await explain(engine, id)).contradictions).toEqual([]);
  const longAgo = Date.now() / 1_000 - 300;
  utimesSync(join(world.dataDir, "sessions", id, "terminal.log"), longAgo, longAgo);
  const { status, contradictions } = await explain(engine, id);
  expect(status).toBe("working");
  expect(contradictions).toEqual([expect.stringContaining("silent for 5 min")]);
});

test("a dialog that was answered by hand is found gone by commands without loops", async () => {
  const id = await blocked("pty");
  wish(world, id, "vanish");
  await waitFor(
    async () => {
      await world.must("ls");
      return activity(id) === "idle";
    },
    { withinMs: 30_000 },
  );
});
