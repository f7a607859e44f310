import type { GitHub } from "./client.ts";
import { GitHubError } from "./failure.ts";
import { field } from "./graphql.ts";

/** As much of a job's log as is read; its failing step is near the end. */
const logBytes = 2 * 1024 * 1024;

/** Lines of the log that are kept. */
const tailLines = 60;

/** What a failed job's log tells. */
export interface JobFailure {
  failingStep: string;
  logTail: string;
}

/**
 * The failing step and the end of the log of an Actions job. A log that is gone or forbidden
 * gives an empty one: it must not spoil what else is known. Throws `GitHubError` for a rate limit.
 */
export async function jobFailure(
  github: GitHub,
  place: { owner: string; repo: string; jobId: number },
): Promise<JobFailure> {
  try {
    const [step, text] = await Promise.all([failingStep(github, place), jobLog(github, place)]);
    return { failingStep: step, logTail: tailOf(text) };
  } catch (error) {
    if (error instanceof GitHubError && error.kind !== "rate_limited") {
      return { failingStep: "", logTail: "" };
    }
    throw error;
  }
}

/** The end of a log as a person reads it: no times, no terminal control, up to the failure. */
export function tailOf(text: string): string {
  const lines = Bun.stripANSI(text)
    .split("\n")
    .map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z ?/, "").trimEnd());
  const failure = lines.findLastIndex((line) => line.startsWith("##[error]"));
  const end = failure < 0 ? lines.length : failure + 1;
  return lines
    .slice(Math.max(0, end - tailLines), end)
    .join("\n")
    .trim();
}

/** What a step that fails ends with; a job that was stopped has none that failed. */
const badEnds = ["failure", "timed_out", "cancelled"];

async function failingStep(
  github: GitHub,
  { owner, repo, jobId }: { owner: string; repo: string; jobId: number },
): Promise<string> {
  const route = "GET /repos/{owner}/{repo}/actions/jobs/{job_id}";
  const { data } = await github.rest(route, { owner, repo, job_id: jobId });
  const steps = field(data, "steps");
  if (!Array.isArray(steps)) return "";
  for (const end of badEnds) {
    const found = steps.find((step) => field(step, "conclusion") === end);
    if (found) return String(field(found, "name"));
  }
  return "";
}

/** The answer leads to another host, which gets no token: fetch drops it on the way. */
async function jobLog(
  github: GitHub,
  { owner, repo, jobId }: { owner: string; repo: string; jobId: number },
): Promise<string> {
  const route = "GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs";
  return await github.tail(route, { owner, repo, job_id: jobId }, logBytes);
}
