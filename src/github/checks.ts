import type { CheckFacts } from "../domain/observation.ts";
import type { CheckNode } from "./answer.ts";
import { checkRunStatus, contextStatus } from "./mapping.ts";

/** Longest foreign text that is stored of one check. */
const summaryLength = 20_000;

type RunNode = Extract<CheckNode, { __typename: "CheckRun" }>;
type StatusNode = Extract<CheckNode, { __typename: "StatusContext" }>;

/**
 * The checks of a commit. A run that was started again leaves its older self in the list, of
 * which only the newest counts; runs of the same name in two workflows are two checks, and are
 * told apart by their workflow, and by its event where that is not enough.
 */
export function readChecks(nodes: readonly CheckNode[]): CheckFacts[] {
  const newest = new Map<string, CheckNode>();
  for (const node of nodes) {
    const key = [nameOf(node), workflowOf(node), eventOf(node), node.__typename].join("\n");
    const known = newest.get(key);
    if (!known || startOf(node) >= startOf(known)) newest.set(key, node);
  }
  const found = [...newest.values()];
  return found.map((node) => {
    const twins = found.filter((one) => nameOf(one) === nameOf(node));
    const name = twins.length === 1 ? nameOf(node) : longName(node, twins);
    return node.__typename === "CheckRun" ? readRun(node, name) : readStatus(node, name);
  });
}

function longName(node: CheckNode, twins: readonly CheckNode[]): string {
  const workflow = workflowOf(node);
  const name = workflow ? `${workflow} / ${nameOf(node)}` : nameOf(node);
  const isClear = twins.filter((one) => workflowOf(one) === workflow).length === 1;
  if (isClear) return name;
  return `${name} (${eventOf(node) || (node.__typename === "CheckRun" ? "check" : "status")})`;
}

function readRun(node: RunNode, name: string): CheckFacts {
  const isAction = Boolean(node.checkSuite?.workflowRun) && node.databaseId !== null;
  return {
    name,
    status: checkRunStatus(node.status, node.conclusion),
    conclusion: (node.conclusion ?? node.status).toLowerCase(),
    url: node.detailsUrl ?? "",
    summary: [node.title, node.summary].filter(Boolean).join("\n").slice(0, summaryLength),
    failingStep: "",
    logTail: "",
    ...(isAction && node.databaseId !== null ? { jobId: node.databaseId } : {}),
  };
}

function readStatus(node: StatusNode, name: string): CheckFacts {
  return {
    name,
    status: contextStatus(node.state),
    conclusion: node.state.toLowerCase(),
    url: node.targetUrl ?? "",
    summary: node.description ?? "",
    failingStep: "",
    logTail: "",
  };
}

function nameOf(node: CheckNode): string {
  return node.__typename === "CheckRun" ? node.name : node.context;
}

function workflowOf(node: CheckNode): string {
  if (node.__typename !== "CheckRun") return "";
  return node.checkSuite?.workflowRun?.workflow.name ?? node.checkSuite?.app?.slug ?? "";
}

function eventOf(node: CheckNode): string {
  return node.__typename === "CheckRun" ? (node.checkSuite?.workflowRun?.event ?? "") : "";
}

/** One that waits to start is newer than any that has; later entries are the newer ones. */
function startOf(node: CheckNode): number {
  const at = node.__typename === "CheckRun" ? node.startedAt : node.createdAt;
  return at === null ? Infinity : Date.parse(at);
}
