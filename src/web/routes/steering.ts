import { approve } from "../../engine/approve.ts";
import { cleanup, type CleanupResult } from "../../engine/cleanup.ts";
import type { Engine } from "../../engine/engine.ts";
import { kill } from "../../engine/kill.ts";
import { recover } from "../../engine/recovery.ts";
import { restore } from "../../engine/restore.ts";
import { sessionView } from "../../engine/view.ts";
import { AoError } from "../../error.ts";
import { type Route, route } from "../route.ts";
import {
  approveBody,
  approvedSchema,
  cleanedSchema,
  killedSchema,
  purgeBody,
  restoredSchema,
  sessionParams,
} from "../schema/session.ts";

export const steeringRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/api/v1/sessions/{id}/kill",
    operationId: "killSession",
    summary: "End a session; its worktree and its work stay, unless it is purged",
    params: sessionParams,
    body: purgeBody,
    answer: killedSchema,
    handle: async ({ engine }, { params: { id }, body }) => {
      await recoverSession(engine, id);
      const { survivors, escrowError = null } = await kill(engine, id);
      if (body.purge) await purge(engine, id);
      const pids = survivors.map(({ pid }) => pid);
      return { ...sessionView(engine, id), survivors: pids, escrowError };
    },
  }),
  route({
    method: "POST",
    path: "/api/v1/sessions/{id}/restore",
    operationId: "restoreSession",
    summary: "Bring a session back in its own worktree",
    params: sessionParams,
    answer: restoredSchema,
    handle: async ({ engine }, { params: { id } }) => {
      await recoverSession(engine, id);
      const { conversation } = await restore(engine, id);
      return { ...sessionView(engine, id), conversation };
    },
  }),
  route({
    method: "POST",
    path: "/api/v1/sessions/{id}/approve",
    operationId: "approveDialog",
    summary: "Answer the approval dialog on an agent's screen, when that is safe",
    params: sessionParams,
    body: approveBody,
    answer: approvedSchema,
    handle: ({ engine }, { params, body }) => approve(engine, params.id, !body.deny, body.asked),
  }),
  route({
    method: "POST",
    path: "/api/v1/sessions/{id}/cleanup",
    operationId: "cleanUpSession",
    summary: "Remove the worktree of a session that has ended",
    params: sessionParams,
    body: purgeBody,
    answer: cleanedSchema,
    handle: async ({ engine }, { params: { id }, body }) => {
      await recoverSession(engine, id);
      const { outcome, reason, hint, escrowRef } = body.purge
        ? await purge(engine, id)
        : await cleanOne(engine, id, false);
      const [why = null, what = null, ref = null] = [reason, hint, escrowRef];
      return { sessionId: id, outcome, reason: why, hint: what, escrowRef: ref };
    },
  }),
];

async function recoverSession(engine: Engine, id: string): Promise<void> {
  await recover(engine, (operation) => operation.sessionId === id);
}

/** Throws why a worktree could not be removed safely. */
async function purge(engine: Engine, id: string): Promise<CleanupResult> {
  const result = await cleanOne(engine, id, true);
  if (result.outcome !== "kept") return result;
  throw new AoError(result.code ?? "conflict", result.reason ?? "it was kept", result.hint);
}

async function cleanOne(engine: Engine, id: string, isPurge: boolean): Promise<CleanupResult> {
  const [result] = await cleanup(engine, { ids: [id], isPurge });
  if (result) return result;
  throw new Error(`the clean-up of ${id} told nothing`);
}
