/** What an agent is told about its pull request, while it is true. */
export const agentReactions = ["ci_failed", "changes_requested", "merge_conflict"] as const;
export type AgentReaction = (typeof agentReactions)[number];

/** What a person is told about a pull request. */
export const personReactions = [
  "ready_to_merge",
  "pr_merged",
  "pr_closed",
  "feedback_escalated",
] as const;
export type PersonReaction = (typeof personReactions)[number];

/** How often an agent is told of one kind of trouble, and when a person is called instead. */
export interface ReactionPolicy {
  /** False: nothing is sent, the person is told at once. */
  auto: boolean;
  /** Messages before it escalates. */
  retries: number;
  /** Milliseconds since the agent first heard of it; absent: only the number counts. */
  escalateAfterMs?: number;
  /** What it is told; absent: as built in. */
  message?: string;
}

/** The budgets of DESIGN §10. */
const reactionDefaults: Record<AgentReaction, ReactionPolicy> = {
  ci_failed: { auto: true, retries: 2 },
  changes_requested: { auto: true, retries: 3, escalateAfterMs: 30 * 60_000 },
  merge_conflict: { auto: true, retries: 2, escalateAfterMs: 15 * 60_000 },
};

/** What a message template can hold; each stands for one thing of the pull request. */
export const placeholders: readonly string[] = [
  ...["number", "title", "url", "commit", "head", "base", "details"],
];

/** The names in braces that a template must not have. */
export function unknownPlaceholders(template: string): string[] {
  const found = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return found.filter((name) => !placeholders.includes(name));
}

/** How a reaction is configured: `escalateAfter` is a time such as `30m`, or `never`. */
export interface ReactionSettings {
  auto?: boolean | undefined;
  retries?: number | undefined;
  escalateAfter?: string | undefined;
  message?: string | undefined;
}

/** What holds for a reaction: what is configured, else its default. */
export function policyFor(
  reaction: AgentReaction,
  settings: ReactionSettings = {},
): ReactionPolicy {
  const { escalateAfterMs, ...defaults } = reactionDefaults[reaction];
  const { escalateAfter, auto = defaults.auto, retries = defaults.retries, message } = settings;
  const afterMs = escalateAfter === undefined ? escalateAfterMs : durationMs(escalateAfter);
  return {
    ...{ auto, retries },
    ...(afterMs === undefined ? {} : { escalateAfterMs: afterMs }),
    ...(message === undefined ? {} : { message }),
  };
}

const unitMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationMs(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (unitMs[unit] ?? 0);
}

/** Trouble that an agent should know of now. */
export interface Trouble {
  reaction: AgentReaction;
  /** Short names of all that is to be told; they hold no URL of a run and no time. */
  points: readonly string[];
  /** Those of them that a person wrote. */
  byPeople: readonly string[];
  /** Until when telling again makes sense: always, until the next push, or not at all. */
  standing: "always" | "until_push" | "never";
  /** The commit that it is about: telling more about the same one costs no budget. */
  round: string;
  /** More about this commit may follow soon. */
  isGrowing: boolean;
  /** The brake: all of it failed on the last commits too, so telling it again helps nobody. */
  isHopeless: boolean;
  /** Memory and budget belong to each point, not to the trouble as a whole. */
  isPerPoint: boolean;
}

/** What was told of one kind of trouble. Times are Unix milliseconds. */
export interface Told {
  points: readonly string[];
  round: string;
  /** 0: nothing that still counts. */
  attempts: number;
  firstAt: number;
  escalatedAt: number | null;
  /** What became of the last message, and when. */
  message: { fate: "waiting" | "typing" | "heard" | "refused" | "withdrawn"; at: number };
}

/** What an agent does just now. */
export interface Moment {
  now: number;
  /** When GitHub was last looked at: what came after is not known, so no time has passed. */
  seenAt: number;
  isAtWork: boolean;
  /** Since when it does what it does. */
  since: number;
}

/** What a pass should do about one kind of trouble. */
export type Step =
  | { kind: "rest" }
  /** `repeats`: it was told before, and nothing of it is new. */
  | { kind: "tell"; attempts: number; firstAt: number; repeats: boolean }
  | { kind: "escalate" }
  /** It is no longer the agent's turn; what it was told stays known. */
  | { kind: "settle" };

/** An agent that heard of it and does nothing is told again after this. */
const remindMs = 10 * 60_000;
const shortestRemindMs = 60_000;

/** What to do about trouble, given what was told of it: the same facts give the same step. */
export function nextStep(
  trouble: Trouble,
  told: Told | undefined,
  policy: ReactionPolicy,
  moment: Moment,
): Step {
  const news = trouble.points.filter((point) => !told?.points.includes(point));
  const isFreed = trouble.isPerPoint && news.some((point) => trouble.byPeople.includes(point));
  const isUntold = !told || (told.attempts === 0 && told.escalatedAt === null);
  if (isUntold) return news.length > 0 ? first(policy, moment) : { kind: "rest" };
  const isDone = news.length === 0 && !isStanding(trouble, told);
  if (told.escalatedAt !== null) {
    if (isFreed) return first(policy, moment);
    return { kind: isDone && told.round !== trouble.round ? "settle" : "rest" };
  }
  const { message } = told;
  if (message.fate === "typing") return { kind: "rest" };
  const hasHeard = told.attempts > 1 || message.fate === "heard";
  if (trouble.isHopeless && hasHeard) return { kind: "escalate" };
  if (message.fate === "waiting") return isSame(trouble, told) ? { kind: "rest" } : again(told);
  if (isFreed) return first(policy, moment);
  if (message.fate === "withdrawn") return again(told);
  if (message.fate === "refused") return charge(told, policy);
  if (isDone) return { kind: "settle" };
  const firstAt = told.attempts > 1 ? told.firstAt : message.at;
  return afterHearing(trouble, { ...told, firstAt }, policy, { ...moment, news, at: message.at });
}

/** The agent has heard what it was told, and it is still true or has become more. */
function afterHearing(
  trouble: Trouble,
  told: Told,
  policy: ReactionPolicy,
  { now, since, isAtWork, news, at, seenAt }: Moment & { news: readonly string[]; at: number },
): Step {
  const known = Math.min(now, seenAt);
  // What bots write costs budget each time: nothing else would end their talk with an agent.
  if (trouble.isPerPoint && news.length > 0) return charge({ ...told, firstAt: now }, policy);
  if (known - told.firstAt >= (policy.escalateAfterMs ?? Infinity)) return { kind: "escalate" };
  if (news.length > 0) {
    if (told.round !== trouble.round) return charge(told, policy);
    return trouble.isGrowing ? { kind: "rest" } : again(told);
  }
  const isDue = !isAtWork && known - Math.max(at, since) >= reminderMs(policy);
  return isDue ? charge(told, policy, true) : { kind: "rest" };
}

/** Whether it makes sense to tell again what was told. */
function isStanding({ standing, round }: Trouble, told: Told): boolean {
  return standing === "always" || (standing === "until_push" && told.round === round);
}

/** Whether a message that still waits says just what is true. */
function isSame(trouble: Trouble, told: Told): boolean {
  return (
    told.round === trouble.round &&
    told.points.length === trouble.points.length &&
    trouble.points.every((point) => told.points.includes(point))
  );
}

function first(policy: ReactionPolicy, { now }: Moment): Step {
  if (!policy.auto || policy.retries < 1) return { kind: "escalate" };
  return { kind: "tell", attempts: 1, firstAt: now, repeats: false };
}

/** Tells at the price of one of the messages that may be sent. */
function charge(told: Told, policy: ReactionPolicy, repeats = false): Step {
  if (told.attempts >= policy.retries) return { kind: "escalate" };
  return { kind: "tell", attempts: told.attempts + 1, firstAt: told.firstAt, repeats };
}

/** Tells what was never heard, or more of the same commit. */
function again({ attempts, firstAt }: Told): Step {
  return { kind: "tell", attempts, firstAt, repeats: false };
}

/** The messages of a budget are spread over the time that it has. */
function reminderMs({ escalateAfterMs, retries }: ReactionPolicy): number {
  if (escalateAfterMs === undefined) return remindMs;
  return Math.max(shortestRemindMs, escalateAfterMs / Math.max(1, retries));
}
