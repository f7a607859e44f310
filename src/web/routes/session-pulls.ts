import { claimPr } from "../../engine/claim/claim.ts";
import { sessionPulls } from "../../engine/github/session-pulls.ts";
import { recover } from "../../engine/recovery.ts";
import { AoError } from "../../error.ts";
import { getSession } from "../../store/session.ts";
import { type Route, route } from "../route.ts";
import { claimBody } from "../schema/pull.ts";
import { claimedSchema, sessionPullsSchema } from "../schema/session-pull.ts";
import { sessionParams } from "../schema/session.ts";

export const sessionPullRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/api/v1/sessions/{id}/pr",
    operationId: "listSessionPullRequests",
    summary: "List the pull requests of a session, open ones first",
    params: sessionParams,
    answer: sessionPullsSchema,
    handle: ({ engine }, { params }) => sessionPulls(engine, params.id),
  }),
  route({
    method: "POST",
    path: "/api/v1/sessions/{id}/pr/claim",
    operationId: "claimPullRequest",
    summary: "Hand an existing pull request to a session",
    params: sessionParams,
    body: claimBody,
    answer: claimedSchema,
    handle: async ({ engine }, { params: { id }, body }) => {
      getSession(engine.store, id);
      await recover(engine, (operation) => operation.sessionId === id);
      const options = { takeover: body.allowTakeover, checkout: body.checkout };
      const claimed = await withReasons(() => claimPr(engine, id, body.pr, options));
      const { prs, branchChanged, takenOverFrom, branch, push } = claimed;
      const pushesTo = push?.isAllowed ? push.name : null;
      const facts = { prs, branchChanged, takenOverFrom, branch, pushesTo };
      return { ok: true as const, sessionId: id, ...facts };
    },
  }),
];

/** What its host said of a pull request has a name of its own, by the kind of the failure. */
const reasons: Record<string, string> = {
  not_found: "PR_NOT_FOUND",
  unavailable: "SCM_UNAVAILABLE",
};

async function withReasons<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AoError) || error.reason !== undefined) throw error;
    const reason = reasons[error.code];
    if (reason === undefined) throw error;
    throw new AoError(error.code, error.message, error.hint, { cause: error, reason });
  }
}
