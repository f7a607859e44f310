import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { candidatesFor } from "../../src/cli/look-up.ts";
import { findPr } from "../../src/store/observation.ts";
import { getSession, terminate } from "../../src/store/session.ts";
import { gitIn } from "../support/repository.ts";
import { ClaimDesk } from "./claim-desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(60_000);

const key = "github.com/acme/shop#1";
const ref = "acme/shop#1";

describe("a claim", () => {
  test("of an unknown pull request checks it out, and its first event is final", async () => {
    await using desk = new ClaimDesk();
    const id = desk.session();
    const { sha } = desk.pr();
    desk.server.review(ref, "CHANGES_REQUESTED");
    desk.server.check(ref, { name: "build", conclusion: "FAILURE" });
    let result;
    const told = await desk.eventsOf(async () => (result = await desk.claim(id, "#1")));
    expect(result).toMatchObject({
      ...{ sessionId: id, branch: "ao/shop-1/pr-1", branchChanged: true, takenOverFrom: [] },
      prs: [{ number: 1, state: "open", ci: "failing", review: "changes_requested" }],
      push: { name: "acme/shop:feature", isAllowed: true },
    });
    expect(told.map(({ type }) => type)).toEqual([
      "pr_created",
      "pr_check_recorded",
      "pr_review_submitted",
      "session_updated",
    ]);
    expect(told[0]?.payload).toMatchObject({ review: "changes_requested", ci: "failing" });
    expect(desk.head(id)).toBe(`ao/shop-1/pr-1 ${sha} `);
    const base = { baseRef: "origin/main", baseSha: sha };
    expect(getSession(desk.store, id)).toMatchObject({ branch: "ao/shop-1/pr-1", ...base });
    expect(candidatesFor("pr", () => desk.store)).toEqual(["1"]);
    expect(desk.texts(id)).toEqual([expect.stringContaining("Pull request #1 is yours")]);
    expect(desk.state().open).toEqual([]);
  });

  test("of a draft works, and without a checkout the worktree stays, dirty or not", async () => {
    await using desk = new ClaimDesk();
    const id = desk.session();
    desk.pr({ isDraft: true });
    writeFileSync(join(desk.worktree(id), "new.txt"), "mine\n");
    const before = desk.head(id);
    const result = await desk.claim(id, 1, { checkout: false });
    expect(result).toMatchObject({ branchChanged: false, branch: "ao/shop-1/root", push: null });
    expect(result.prs[0]?.state).toBe("draft");
    expect(desk.head(id)).toBe(before);
    expect(desk.texts(id)[0]).toContain("Your worktree was left as it is.");
  });

  test("is pushed to the head branch by git push, whatever the person prefers", async () => {
    await using desk = new ClaimDesk();
    const id = desk.session();
    desk.pr();
    desk.repository.git("config", "remote.pushDefault", "elsewhere");
    await desk.claim(id, 1);
    const sha = desk.repository.commit("more", desk.worktree(id));
    gitIn(desk.worktree(id), "-c", "push.default=upstream", "push", "--quiet");
    const bare = desk.remote.path("acme/shop");
    expect(gitIn(bare, "rev-parse", "refs/heads/feature")).toBe(sha);
  });

  test("by the address under a repository's new name finds the same one", async () => {
    await using desk = new ClaimDesk();
    const [first, second] = [desk.session(), desk.session()];
    desk.pr();
    await desk.claim(first, "https://github.com/Acme/Shop.git/pull/1");
    desk.server.rename("acme/shop", "acme/store");
    const result = await desk.claim(second, "https://github.com/acme/store/pull/1/files");
    expect(result).toMatchObject({ takenOverFrom: [first], push: { isAllowed: true } });
    expect(findPr(desk.store, key)?.sessionId).toBe(second);
    expect(desk.state().owners).toHaveLength(1);
  });

  test("of one's own pull request again changes nothing", async () => {
    await using desk = new ClaimDesk();
    const id = desk.session();
    desk.pr();
    await desk.claim(id, 1);
    const told = await desk.eventsOf(async () => {
      const again = await desk.claim(id, 1, { takeover: false });
      expect(again).toMatchObject({ takenOverFrom: [], branchChanged: false });
    });
    expect(told).toEqual([]);
  });
});

describe("a takeover", () => {
  test("is told once, then the news, all with final facts; both agents hear of it", async () => {
    await using desk = new ClaimDesk();
    const [first, second] = [desk.session(), desk.session()];
    desk.pr();
    await desk.claim(first, 1);
    desk.server.review(ref, "APPROVED");
    desk.server.check(ref, { name: "build", conclusion: "FAILURE" });
    feedbackOf(desk, first);
    const told = await desk.eventsOf(async () => {
      expect((await desk.claim(second, 1)).takenOverFrom).toEqual([first]);
    });
    const ofPr = told.filter(({ type }) => /^pr_(session_changed|updated|created)$/.test(type));
    expect(ofPr.map(({ type, sessionId }) => [type, sessionId])).toEqual([
      ["pr_session_changed", second],
      ["pr_updated", second],
    ]);
    const final = { sessionId: second, review: "approved", ci: "failing" };
    for (const { payload } of ofPr) expect(payload).toMatchObject(final);
    expect(desk.texts(first).at(-1)).toContain(`belongs to session ${second} from now on`);
    expect(desk.texts(second)).toHaveLength(1);
    const heard = "select * from feedback where signature <> '' or attempts > 0";
    expect(desk.sample.raw.query(heard).all()).toEqual([]);
    // The donor's worktree stays on its own branch of that pull request.
    expect(desk.head(first)).toStartWith("ao/shop-1/pr-1 ");
    expect(desk.head(second)).toStartWith("ao/shop-2/pr-1 ");
  });

  test("across projects is told once in each, and nothing else changes nothing else", async () => {
    await using desk = new ClaimDesk();
    const clone = join(desk.repository.folder, "clone");
    gitIn(desk.repository.folder, "clone", "--quiet", desk.remote.path("acme/shop"), clone);
    gitIn(clone, "remote", "set-url", "origin", desk.remote.path("acme/shop"));
    desk.project("blog", clone);
    const [first, second] = [desk.session(), desk.session("blog", clone)];
    desk.pr();
    await desk.claim(first, 1);
    const told = await desk.eventsOf(() => desk.claim(second, 1, { checkout: false }));
    expect(told.map(({ type, projectId, sessionId }) => [type, projectId, sessionId])).toEqual([
      ["pr_session_changed", "blog", second],
      ["pr_session_changed", "shop", first],
    ]);
    for (const { payload } of told) {
      expect(payload).toMatchObject({ projectId: "blog", sessionId: second, fromSession: first });
    }
  });

  test("from a session that has ended needs no leave", async () => {
    await using desk = new ClaimDesk();
    const [first, second] = [desk.session(), desk.session()];
    desk.pr();
    await desk.claim(first, 1);
    end(desk, first);
    const result = await desk.claim(second, 1, { takeover: false });
    expect(result.takenOverFrom).toEqual([first]);
    expect(desk.texts(first)).toHaveLength(1);
  });

  test("by two at once without leave is won by one", async () => {
    await using desk = new ClaimDesk();
    const ids = [desk.session(), desk.session()];
    desk.pr();
    const before = ids.map((id) => desk.head(id));
    const claims = ids.map((id) => desk.claim(id, 1, { takeover: false }));
    const ended = await Promise.allSettled(claims);
    const won = ended.findIndex(({ status }) => status === "fulfilled");
    const [winner = "", loser = ""] = won === 0 ? ids : ids.toReversed();
    expect(ended[1 - won]).toMatchObject({
      reason: { code: "conflict", message: `pull request #1 belongs to session ${winner}` },
    });
    expect(findPr(desk.store, key)?.sessionId).toBe(winner);
    expect(before).toContain(desk.head(loser));
    expect(desk.repository.git("branch", "--list", `ao/${loser}/pr-1`)).toBe("");
  });
});

describe("the branch of an earlier claim", () => {
  test("moves forward with it, also under the worktree that stands there", async () => {
    await using desk = new ClaimDesk();
    const id = desk.session();
    desk.pr();
    await desk.claim(id, 1);
    const next = forward(desk);
    await desk.claim(id, 1);
    expect(desk.head(id)).toBe(`ao/shop-1/pr-1 ${next} `);
    gitIn(desk.worktree(id), "switch", "--quiet", `ao/${id}/root`);
    const last = forward(desk);
    await desk.claim(id, 1);
    expect(desk.head(id)).toBe(`ao/shop-1/pr-1 ${last} `);
  });

  test("that is ahead of the pull request stays as it is", async () => {
    await using desk = new ClaimDesk();
    const id = desk.session();
    desk.pr();
    await desk.claim(id, 1);
    const own = desk.repository.commit("not pushed", desk.worktree(id));
    gitIn(desk.worktree(id), "switch", "--quiet", `ao/${id}/root`);
    await desk.claim(id, 1);
    expect(desk.head(id)).toBe(`ao/shop-1/pr-1 ${own} `);
  });
});

describe("a pull request from a fork", () => {
  const fork = { headRepo: "mallory/shop", head: "fix" };

  test("that maintainers may change is pushed to the fork", async () => {
    await using desk = new ClaimDesk();
    const [id, bare] = [desk.session(), desk.remote.bare("mallory/shop")];
    desk.server.repository("mallory/shop", { permission: "read" });
    desk.pr({ ...fork, maintainerCanModify: true });
    const { push } = await desk.claim(id, 1);
    expect(push).toEqual({ name: "mallory/shop:fix", isAllowed: true });
    const sha = desk.repository.commit("more", desk.worktree(id));
    gitIn(desk.worktree(id), "-c", "push.default=upstream", "push", "--quiet");
    expect(gitIn(bare, "rev-parse", "refs/heads/fix")).toBe(sha);
  });

  test("that nobody else may change is only pulled, and the agent is told", async () => {
    await using desk = new ClaimDesk();
    const id = desk.session();
    desk.remote.bare("mallory/shop");
    desk.server.repository("mallory/shop", { permission: "read" });
    desk.pr(fork);
    const { push } = await desk.claim(id, 1);
    expect(push).toEqual({ name: "mallory/shop:fix", isAllowed: false });
    expect(desk.texts(id)[0]).toContain("takes no pushes from here");
    const merge = desk.repository.git("config", "branch.ao/shop-1/pr-1.merge");
    expect(merge).toBe("refs/pull/1/head");
  });
});

/** Pushes a commit on top of the head, as its author would. */
function forward(desk: ClaimDesk): string {
  const pull = desk.server.pull(ref);
  const bare = desk.remote.path("acme/shop");
  const who = ["-c", "user.name=a", "-c", "user.email=a@b"];
  const tree = gitIn(bare, "rev-parse", `${pull.sha}^{tree}`);
  const sha = gitIn(bare, ...who, "commit-tree", tree, "-p", pull.sha, "-m", "next");
  gitIn(bare, "update-ref", "refs/heads/feature", sha);
  gitIn(bare, "update-ref", "refs/pull/1/head", sha);
  desk.server.change(ref, { sha });
  return sha;
}

function end(desk: ClaimDesk, id: string): void {
  desk.store.write((tx) => terminate(tx, getSession(tx, id), "killed", null));
}

function feedbackOf(desk: ClaimDesk, id: string): void {
  desk.sample.raw
    .query(
      `insert into feedback (session_id, pr_key, reaction, signature, attempts, first_at, last_at)
       values (?, ?, 'ci_failed', 's', 2, 1, 1)`,
    )
    .run(id, key);
}
