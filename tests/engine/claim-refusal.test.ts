import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { forgetTokens } from "../../src/engine/github/github.ts";
import { AoError, type ErrorCode } from "../../src/error.ts";
import { insertOperation } from "../../src/store/operation.ts";
import { getSession, setKillRequested, terminate } from "../../src/store/session.ts";
import { ClaimDesk } from "./claim-desk.ts";

setDefaultTimeout(60_000);

const repo = "acme/shop";

describe("a refused claim", () => {
  /** What each is about: the session and the pull request of one refusal. */
  interface Case {
    desk: ClaimDesk;
    id: string;
    ref: string;
    number: number;
  }

  interface Refusal {
    arrange?: (one: Case) => unknown;
    /** As typed; `N` stands for the number. */
    reference?: string;
    takeover?: boolean;
    /** Git comes as far as looking at the head. */
    hasHead?: boolean;
    code: ErrorCode;
    says: string;
  }

  const refusals: Record<string, Refusal> = {
    "of nothing": { reference: " ", code: "usage", says: "the pull request is missing" },
    "of what is no reference": {
      ...{ reference: "https://github.com/acme/shop/issues/N", code: "usage" },
      says: "https://github.com/acme/shop/issues/N names no pull request",
    },
    "of number 0": { reference: "#0", code: "usage", says: "#0 names no pull request" },
    "by a session that has ended": {
      arrange: ({ desk, id }) => end(desk, id),
      ...{ code: "conflict", says: "session ID has ended" },
    },
    "by a session that is being ended": {
      arrange: ({ desk, id }) => desk.store.write((tx) => setKillRequested(tx, id)),
      ...{ code: "conflict", says: "session ID is being ended" },
    },
    "by an orchestrator": {
      arrange: ({ desk, id }) => setColumn(desk, "session", id, "kind", "orchestrator"),
      ...{ code: "conflict", says: "session ID steers others and owns no pull request" },
    },
    "by a session without a worktree": {
      arrange: ({ desk, id }) => setColumn(desk, "session", id, "worktree_path", "/nowhere"),
      ...{ code: "conflict", says: "session ID has no worktree" },
    },
    "by a session that is busy": {
      arrange: ({ desk, id }) => busy(desk, id),
      ...{
        hasHead: true,
        code: "conflict",
        says: `session ID is busy: kill by process ${process.pid}`,
      },
    },
    "in a project that is not on GitHub": {
      // What git calls its origin is a folder here.
      arrange: ({ desk }) => setColumn(desk, "project", "shop", "host", null),
      ...{ code: "conflict", says: "origin of project shop is on no host" },
    },
    "of another repository": {
      ...{ reference: "https://github.com/acme/other/pull/N", code: "conflict" },
      says: "https://github.com/acme/other/pull/N is not of the repository of project shop",
    },
    "of another host": {
      ...{ reference: "https://ghe.example/acme/shop/pull/N", code: "conflict" },
      says: "https://ghe.example/acme/shop/pull/N is not of the repository of project shop",
    },
    "of none that there is": {
      ...{ reference: "999", code: "not_found" },
      says: "pull request github.com/acme/shop#999 not found",
    },
    "of a merged one": {
      arrange: ({ desk, ref }) => desk.server.change(ref, { state: "MERGED" }),
      ...{ code: "conflict", says: "pull request #N is merged" },
    },
    "of a closed one": {
      arrange: ({ desk, ref }) => desk.server.change(ref, { state: "CLOSED" }),
      ...{ code: "conflict", says: "pull request #N is closed" },
    },
    "that GitHub forbids": {
      arrange: ({ desk }) => desk.server.fail({ kind: "status", status: 403 }),
      ...{ code: "unavailable", says: "github.com forbids this" },
    },
    "with a token that is not taken": {
      arrange: ({ desk }) => desk.server.as("ana", "another"),
      ...{ code: "unavailable", says: "github.com does not take the token" },
    },
    "of what a live session has, without leave": {
      arrange: async ({ desk, number }) => {
        await desk.claim(desk.session(), number, { checkout: false });
      },
      ...{ takeover: false, code: "conflict", says: "pull request #N belongs to session shop-" },
    },
    "with uncommitted work": {
      arrange: ({ desk, id }) => writeFileSync(join(desk.worktree(id), "new.txt"), "mine\n"),
      ...{ code: "conflict", says: "has uncommitted work" },
    },
    "whose head would overwrite what git ignores": {
      arrange: ({ desk, id }) => {
        writeFileSync(join(desk.repository.gitDir, "info/exclude"), "work.txt\n");
        writeFileSync(join(desk.worktree(id), "work.txt"), "mine\n");
      },
      ...{ hasHead: true, code: "conflict", says: "would be overwritten by checkout" },
    },
    "whose head cannot be fetched": {
      ...{ code: "unavailable", says: "the head of pull request #N cannot be fetched: " },
    },
    "whose head has moved": {
      arrange: ({ desk, ref }) => desk.server.change(ref, { sha: "f".repeat(40) }),
      ...{ hasHead: true, code: "unavailable", says: "its head has moved meanwhile" },
    },
    "whose branch has commits of its own": {
      arrange: ({ desk, id, number }) => {
        desk.repository.git("branch", `ao/${id}/pr-${number}`, desk.repository.commit("own"));
      },
      ...{ hasHead: true, code: "conflict" },
      says: "branch ao/ID/pr-N has commits that the pull request lacks",
    },
  };

  test("says why and changes nothing, whatever it is refused for", async () => {
    await using desk = new ClaimDesk();
    for (const [what, refusal] of Object.entries(refusals)) {
      const head = what.replaceAll(" ", "-");
      const id = desk.session();
      const { number } = refusal.hasHead ? desk.pr({ head }) : fakePr(desk);
      await refusal.arrange?.({ desk, id, number, ref: `${repo}#${number}` });
      const before = desk.state();
      const reference = (refusal.reference ?? "N").replace("N", String(number));
      const told = await desk.eventsOf(async () => {
        const error = await failureOf(desk.claim(id, reference, refusal));
        const message = error.message.replaceAll(id, "ID").replaceAll(`#${number}`, "#N");
        const said = message.replaceAll(/(pr-|\/)\d+(?=\b)/g, "$1N");
        expect({ what, said, code: error.code }).toEqual({
          ...{ what, code: refusal.code, said: expect.stringContaining(refusal.says) },
        });
        expect({ what, hint: error.hint }).toEqual({ what, hint: expect.stringMatching(/./) });
      });
      expect({ what, told }).toEqual({ what, told: [] });
      expect({ what, state: desk.state() }).toEqual({ what, state: before });
      setRight(desk, id);
    }
  });

  test("without a token tells how to log in", async () => {
    await using desk = new ClaimDesk({ AO_GITHUB_TOKEN: "" });
    const { code, hint } = await failureOf(desk.claim(desk.session(), 1));
    expect({ code, hint }).toEqual({
      code: "unavailable",
      hint: "set AO_GITHUB_TOKEN, or install `gh`",
    });
  });
});

/** Puts back what a refusal changed for all that follow. */
function setRight(desk: ClaimDesk, id: string): void {
  desk.server.heal();
  desk.server.as("me", desk.engine.env["AO_GITHUB_TOKEN"]);
  forgetTokens(desk.engine);
  setColumn(desk, "project", "shop", "host", "github.com");
  desk.sample.raw.query("delete from operation where session_id = ?").run(id);
  rmSync(join(desk.repository.gitDir, "info/exclude"), { force: true });
}

function setColumn(
  desk: ClaimDesk,
  table: string,
  id: string,
  column: string,
  value: string | null,
): void {
  desk.sample.raw.query(`update ${table} set ${column} = ? where id = ?`).run(value, id);
}

async function failureOf(claim: Promise<unknown>): Promise<AoError> {
  const error = await claim.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AoError) return error;
  throw new Error(`it was not refused: ${error}`);
}

/** One whose head nobody has. */
function fakePr(desk: ClaimDesk): { number: number } {
  return { number: Number(desk.server.pr({ repo }).split("#")[1]) };
}

function end(desk: ClaimDesk, id: string): void {
  desk.store.write((tx) => terminate(tx, getSession(tx, id), "killed", null));
}

function busy(desk: ClaimDesk, sessionId: string): void {
  const operation = { id: "op", kind: "kill" as const, sessionId, projectId: "shop", step: "stop" };
  const { owner } = desk.engine;
  desk.store.write((tx) => insertOperation(tx, { ...operation, data: "{}" }, owner));
}
