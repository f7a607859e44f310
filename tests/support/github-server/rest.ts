import type { Scene } from "./scene.ts";
import { shaOf } from "./scene.ts";
import {
  type Check,
  fullName,
  mergeState,
  type Pull,
  type Repository,
  visibleRepository,
  type World,
} from "./state.ts";

export interface RestCall {
  method: string;
  path: string;
  body: Record<string, unknown>;
  budgets: unknown;
  /** Where logs are downloaded from: another origin, as on GitHub. */
  blobUrl: string;
}

/** Answers a call of the REST interface, as far as `ao` uses it. */
export function answerRest(world: World, scene: Scene, call: RestCall): Response {
  if (call.path === "/rate_limit") return Response.json({ resources: call.budgets });
  if (call.path === "/user") return Response.json({ login: world.viewer, type: "User" });
  const [, owner = "", name = "", rest = ""] =
    /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(call.path) ?? [];
  const repository = visibleRepository(world, `${owner}/${name}`);
  if (!repository) return refusal(404, "Not Found");
  if (fullName(repository).toLowerCase() !== `${owner}/${name}`.toLowerCase()) {
    const location = `/repos/${fullName(repository)}${rest}`;
    return new Response(null, { status: call.method === "GET" ? 301 : 307, headers: { location } });
  }
  return (
    answerPulls(world, scene, repository, rest, call) ??
    answerJobs(repository, rest, call) ??
    refusal(404, "Not Found")
  );
}

function answerPulls(
  world: World,
  scene: Scene,
  repository: Repository,
  rest: string,
  { method, body }: RestCall,
): Response | undefined {
  if (rest === "" && method === "GET") {
    const parent = repository.parent && { full_name: repository.parent };
    return Response.json({ full_name: fullName(repository), ...(parent ? { parent } : {}) });
  }
  if (rest === "/pulls" && method === "GET") {
    const open = [...repository.pulls.values()].filter(({ state }) => state === "OPEN");
    return Response.json(open.map((pull) => pullJson(repository, pull)));
  }
  if (rest === "/pulls" && method === "POST") return createPull(world, scene, repository, body);
  const [, number] = /^\/pulls\/(\d+)\/merge$/.exec(rest) ?? [];
  if (!number || method !== "PUT") return undefined;
  const pull = repository.pulls.get(Number(number));
  return pull ? merge(repository, pull, body) : refusal(404, "Not Found");
}

function createPull(
  world: World,
  scene: Scene,
  repository: Repository,
  body: RestCall["body"],
): Response {
  if (repository.permission === "read") return refusal(403, "Resource not accessible");
  const { title, head, base } = body;
  const [branch = "", headOwner = repository.owner] = String(head).split(":").reverse();
  const isThere = [...repository.pulls.values()].some(
    (pull) => pull.state === "OPEN" && pull.head === branch && pull.base === base,
  );
  if (isThere) {
    const message = `A pull request already exists for ${repository.owner}:${branch}.`;
    const errors = [{ resource: "PullRequest", code: "custom", message }];
    return refusal(422, "Validation Failed", errors);
  }
  const ref = scene.pr({
    repo: fullName(repository),
    title: String(title),
    body: String(body["body"]),
    head: branch,
    headRepo: `${headOwner}/${repository.name}`,
    base: String(base),
    isDraft: body["draft"] === true,
    ...world.nextPull,
  });
  world.nextPull = {};
  return Response.json(pullJson(repository, scene.pull(ref)), { status: 201 });
}

function merge(repository: Repository, pull: Pull, body: RestCall["body"]): Response {
  if (repository.permission === "read") {
    return refusal(403, "Resource not accessible by personal access token");
  }
  const method = String(body["merge_method"] ?? "merge");
  if (!repository.mergeMethods.some((allowed) => allowed === method)) {
    return refusal(405, `${method} merges are not allowed on this repository.`);
  }
  const state = mergeState(repository, pull);
  if (pull.state !== "OPEN" || ["DIRTY", "BLOCKED", "BEHIND"].includes(state)) {
    return refusal(405, "Pull Request is not mergeable");
  }
  if (pull.movesTo !== undefined) Object.assign(pull, { sha: pull.movesTo, movesTo: undefined });
  if (body["sha"] !== undefined && body["sha"] !== pull.sha) {
    return refusal(409, "Head branch was modified. Review and try the merge again.");
  }
  const sha = shaOf(`${pull.sha} ${method}`);
  Object.assign(pull, { state: "MERGED", mergeSha: sha, mergeable: "UNKNOWN" });
  return Response.json({ sha, merged: true, message: "Pull Request successfully merged" });
}

function answerJobs(repository: Repository, rest: string, call: RestCall): Response | undefined {
  const [, id, isLog] = /^\/actions\/jobs\/(\d+)(\/logs)?$/.exec(rest) ?? [];
  if (!id || call.method !== "GET") return undefined;
  const job = [...repository.checks.values()].flat().find((check) => check.id === Number(id));
  if (!job || job.workflow === "") return refusal(404, "Not Found");
  if (!isLog) return Response.json(jobJson(job));
  if (job.log === undefined) return refusal(410, "Gone");
  const location = `${call.blobUrl}/logs/${fullName(repository)}/${id}?sig=signed`;
  return new Response(null, { status: 302, headers: { location } });
}

function jobJson(job: Check) {
  const steps = job.steps.map((step, index) => ({ number: index + 1, ...lower(step) }));
  const { id, name, conclusion } = lower(job);
  return { id, name, conclusion, steps };
}

function lower<T extends { conclusion: string | null }>({ conclusion, ...rest }: T) {
  return { ...rest, conclusion: conclusion?.toLowerCase() ?? null };
}

function pullJson(repository: Repository, pull: Pull) {
  const url = `https://github.example/${fullName(repository)}/pull/${pull.number}`;
  const head = { ref: pull.head, sha: pull.sha };
  return { number: pull.number, html_url: url, title: pull.title, head, base: { ref: pull.base } };
}

function refusal(status: number, message: string, errors?: unknown[]): Response {
  return Response.json({ message, ...(errors ? { errors } : {}) }, { status });
}
