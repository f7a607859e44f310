import type { Purpose, Rest, Spending } from "../../domain/quota.ts";
import { withSpending } from "../../domain/quota.ts";
import { connect, type GitHub } from "../../github/client.ts";
import type { Spend } from "../../github/graphql.ts";
import type { RepositoryName } from "../../github/host.ts";
import { apiUrlFor, findToken, type Token } from "../../github/token.ts";
import type { Project } from "../../store/project.ts";
import { readQuota, writeQuota } from "../../store/quota.ts";
import type { Fence } from "../../store/store.ts";
import type { Engine } from "../engine.ts";

/** A token that was found is asked for again after this: a login can change. */
const tokenMs = 5 * 60_000;

const tokens = new WeakMap<Engine, Map<string, { at: number; token: Token }>>();

export interface CallOptions {
  /** Ends the calls under way; without it, ctrl-C does. */
  signal?: AbortSignal;
  /** Told of what each call has cost; without it, it is noted as a command's. */
  onSpend?: (spend: Spend) => void;
  /** How long each call may take; without it, as long as any may. */
  timeoutMs?: number;
}

/**
 * The connection to a host; nothing is sent yet. Throws `unavailable` when there is no token for
 * it, with the way to log in.
 */
export async function githubOf(
  engine: Engine,
  host: string,
  options: CallOptions = {},
): Promise<GitHub> {
  const { value: token } = await tokenOf(engine, host);
  const apiUrl = apiUrlFor(host, engine.env);
  const note = (spend: Spend) => noteSpending(engine, host, [spendingOf(spend, "commands")]);
  const { timeoutMs } = options;
  return connect({
    ...{ host, token, ...(apiUrl ? { apiUrl } : {}) },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    signal: options.signal ?? engine.interrupt,
    onSpend: options.onSpend ?? note,
  });
}

/** The token for a host and where it came from, remembered for minutes. Throws `unavailable`. */
export async function tokenOf(engine: Engine, host: string): Promise<Token> {
  const known = tokens.get(engine) ?? new Map<string, { at: number; token: Token }>();
  tokens.set(engine, known);
  const cached = known.get(host);
  const now = Date.now();
  if (cached && now - cached.at < tokenMs) return cached.token;
  const token = await findToken(host, engine.env);
  known.set(host, { at: now, token });
  return token;
}

/** Forgets the tokens, after a host refused one. */
export function forgetTokens(engine: Engine): void {
  tokens.delete(engine);
}

/** The repository of a project on its host, or undefined when its origin is on none. */
export function repositoryOf(
  project: Pick<Project, "host" | "owner" | "repo">,
): RepositoryName | undefined {
  const { host, owner, repo } = project;
  return host && owner && repo ? { host, owner, repo } : undefined;
}

/** What one call was, as `ao quota` counts it. */
export function spendingOf({ resource, cost, left }: Spend, purpose: Purpose): Spending {
  return resource === "graphql"
    ? { purpose, points: cost, requests: 0, ...(left ? { graphql: left } : {}) }
    : { purpose, points: 0, requests: cost, ...(left ? { calls: left } : {}) };
}

/** Adds to what is known of a host's budgets; `rest` says how a look ended, null: well. */
export function noteSpending(
  engine: Engine,
  host: string,
  spending: readonly Spending[],
  { rest, fence }: { rest?: Rest | null; fence?: Fence | undefined } = {},
): void {
  if (spending.length === 0 && !rest) return;
  engine.store.write((tx) => {
    const { rest: before, ...known } = readQuota(tx, host);
    const next = rest === undefined ? before : rest;
    const quota = withSpending({ ...known, ...(next ? { rest: next } : {}) }, spending, tx.now);
    writeQuota(tx, host, quota);
  }, fence);
}
