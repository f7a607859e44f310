import { paceMs, restUntil, slowdownFor } from "../../domain/pace.ts";
import type { Rest } from "../../domain/quota.ts";
import { GitHubError } from "../../github/failure.ts";
import type { Spend } from "../../github/graphql.ts";
import { prsPerQuery } from "../../github/query.ts";
import { readQuota } from "../../store/quota.ts";
import type { Fence } from "../../store/store.ts";
import type { Engine } from "../engine.ts";
import { dueWork, type HostWork } from "./due.ts";
import { forgetTokens, githubOf, noteSpending } from "./github.ts";
import { HostLook, type HostMemory } from "./look.ts";

/** Longest wait between two tries of a host that does not answer. */
const longestWaitMs = 5 * 60_000;

interface HostState extends HostMemory {
  restUntil: number;
  slowdown: number;
  /** Passes that failed since the last one that did not. */
  failures: number;
}

/** Looks at GitHub at the pace that the pull requests need. One per process that leads. */
export class Observer {
  readonly #hosts = new Map<string, HostState>();
  readonly #stop = new AbortController();

  constructor(private readonly engine: Engine) {}

  /**
   * One pass: whatever is due by now. Returns the keys of pull requests that were written.
   * A host that fails rests for a while and holds nobody else up. Throws `conflict` when the
   * fence's lease was lost.
   */
  async runOnce(now: number, fence?: Fence): Promise<string[]> {
    const work = dueWork(this.engine.store, (host) => this.#stateOf(host), now);
    const passes = [...work].map(([host, due]) => this.#runHost(host, due, now, fence));
    const written: string[] = [];
    for (const pass of await Promise.allSettled(passes)) {
      if (pass.status === "rejected") throw pass.reason;
      written.push(...pass.value);
    }
    return written;
  }

  /** Ends the calls under way; later passes do nothing. */
  stop(): void {
    this.#stop.abort();
  }

  async #runHost(host: string, work: HostWork, now: number, fence?: Fence): Promise<string[]> {
    const state = this.#stateOf(host);
    const { signal } = this.#stop;
    if (now < state.restUntil || signal.aborted) return [];
    const look = new HostLook(this.engine, state, { now, fence });
    const onSpend = (spend: Spend) => {
      look.note(spend);
      this.#watchBudget(state, spend, now);
    };
    let rest: Rest | null = null;
    let isAsked = false;
    try {
      const github = await githubOf(this.engine, host, { signal, onSpend });
      isAsked = true;
      await look.run(github, work);
      state.failures = 0;
    } catch (error) {
      if (!signal.aborted) rest = this.#rest(state, error, now);
    }
    if (rest && !isAsked) rest = { ...rest, ...this.#withoutLogin(host) };
    if (!signal.aborted) noteSpending(this.engine, host, look.spending, { rest, fence });
    return look.written;
  }

  /** The one that looks may be a service, which has none of what stands in a person's shell. */
  #withoutLogin(host: string): Omit<Rest, "until"> {
    const { pid } = this.engine.owner;
    return { reason: `process ${pid} has found no token for ${host}`, isWithoutLogin: true };
  }

  #watchBudget(state: HostState, { resource, left }: Spend, now: number): void {
    if (!left) return;
    const until = restUntil(left);
    if (resource === "rest") state.logsRestUntil = until ?? 0;
    if (resource !== "graphql") return;
    state.slowdown = slowdownFor(left, now);
    state.restUntil = until ?? state.restUntil;
  }

  #rest(state: HostState, error: unknown, now: number): Rest {
    if (!(error instanceof GitHubError)) throw error;
    state.failures += 1;
    const wait = Math.min(longestWaitMs, paceMs.hot * 2 ** (state.failures - 1));
    state.restUntil = Math.max(error.more.retryAt ?? 0, now + wait);
    if (error.kind === "unauthorized") forgetTokens(this.engine);
    return { until: state.restUntil, reason: error.message };
  }

  #stateOf(host: string): HostState {
    const known = this.#hosts.get(host);
    if (known) return known;
    const { graphql } = readQuota(this.engine.store, host);
    const state: HostState = {
      listedAt: new Map(),
      failing: new Map(),
      logTries: new Map(),
      logsRestUntil: 0,
      // A limit that was met before this process began still holds.
      restUntil: (graphql && restUntil(graphql)) ?? 0,
      slowdown: 1,
      failures: 0,
      batchSize: prsPerQuery,
    };
    this.#hosts.set(host, state);
    return state;
  }
}
