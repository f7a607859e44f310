import { expect, setDefaultTimeout, test } from "bun:test";

import * as v from "valibot";

import { getSession, terminate } from "../../src/store/session.ts";
import { pullDetailsSchema, pullListSchema } from "../../src/web/schema/pull.ts";
import { claimedSchema, sessionPullsSchema } from "../../src/web/schema/session-pull.ts";
import { ClaimDesk } from "../engine/claim-desk.ts";
import { TestFace } from "../support/web.ts";

setDefaultTimeout(60_000);

const key = encodeURIComponent("github.com/acme/shop#1");

test("a claim is refused by name, in the order of its checks", async () => {
  await using desk = new ClaimDesk();
  await using face = new TestFace(desk.engine);
  const [mine, other, ended] = [desk.session(), desk.session(), desk.session()];
  desk.store.write((tx) => terminate(tx, getSession(tx, ended), "killed", null));
  const claim = async (id: string, body: object) => {
    const answer = await face.send("POST", `/api/v1/sessions/${id}/pr/claim`, body);
    const { code, details } = (await answer.json()) as { code: string; details?: object };
    return [answer.status, code, ...(code === "PR_CLAIMED_BY_ACTIVE_SESSION" ? [details] : [])];
  };
  expect(await claim(mine, {})).toEqual([400, "INVALID_BODY"]);
  expect(await claim("shop-9", { pr: "1" })).toEqual([404, "SESSION_NOT_FOUND"]);
  expect(await claim(ended, { pr: "1" })).toEqual([409, "SESSION_TERMINATED"]);
  expect(await claim(mine, { pr: " " })).toEqual([400, "PR_REQUIRED"]);
  expect(await claim(mine, { pr: "one" })).toEqual([400, "INVALID_PR_REF"]);
  const foreign = "https://github.com/acme/other/pull/1";
  expect(await claim(mine, { pr: foreign })).toEqual([422, "PR_PROJECT_MISMATCH"]);
  expect(await claim(mine, { pr: "#1" })).toEqual([404, "PR_NOT_FOUND"]);
  desk.pr();
  desk.pr({ head: "old", state: "CLOSED" });
  expect(await claim(mine, { pr: "2" })).toEqual([409, "PR_NOT_OPEN"]);
  const answer = await face.send("POST", `/api/v1/sessions/${other}/pr/claim`, { pr: "#1" });
  const claimed = v.parse(v.strictObject(claimedSchema.entries), await answer.json());
  expect(claimed).toMatchObject({ ok: true, branchChanged: true, takenOverFrom: [] });
  const kept = { pr: "1", allowTakeover: false };
  expect(await claim(mine, kept)).toEqual([
    409,
    "PR_CLAIMED_BY_ACTIVE_SESSION",
    expect.objectContaining({ ownerSessionId: other }),
  ]);
  await desk.server[Symbol.asyncDispose]();
  expect(await claim(mine, { pr: "#1" })).toEqual([503, "SCM_UNAVAILABLE"]);
});

test("pull requests are listed and shown, resolved and merged at the head shown", async () => {
  await using desk = new ClaimDesk();
  await using face = new TestFace(desk.engine);
  const id = desk.session();
  const { sha } = desk.pr();
  await desk.claim(id, 1);
  desk.server.check("acme/shop#1", { name: "build", conclusion: "SUCCESS" });
  const read = async (path: string) => (await face.fetch(`/api/v1${path}`)).json();
  const { prs } = v.parse(pullListSchema, await read("/prs?project=shop"));
  expect(prs).toMatchObject([{ number: 1, sessionId: id, headSha: sha }]);
  const shown = v.parse(pullDetailsSchema, await read(`/prs/${key}?fresh=true`));
  expect(shown.obstacles).toEqual([]);
  const own = v.parse(sessionPullsSchema, await read(`/sessions/${id}/pr`));
  expect(own.prs.map(({ repo, headSha }) => [repo, headSha])).toEqual([["acme/shop", sha]]);
  expect(await read(`/prs/${key}/checks`)).toMatchObject({ checks: [{ name: "build" }] });
  const act = async (verb: string, body: object) => {
    const answer = await face.send("POST", `/api/v1/prs/${key}/${verb}`, body);
    return [answer.status, await answer.json()];
  };
  expect(await act("resolve", { threads: "all" })).toMatchObject([200, { resolved: [], open: [] }]);
  expect(await act("merge", {})).toMatchObject([400, { code: "INVALID_BODY" }]);
  const wrong = { headSha: "0".repeat(40) };
  expect(await act("merge", wrong)).toMatchObject([409, { code: "CONFLICT" }]);
  expect(await act("merge", { headSha: sha })).toMatchObject([200, { pull: { state: "merged" } }]);
});
