/** What GitHub counts apart: points of GraphQL, requests of REST. */
export type Resource = "graphql" | "core";

interface Budget {
  limit: number;
  used: number;
  /** Unix milliseconds. */
  resetAt: number;
}

const hourMs = 3_600_000;

/** The hourly budgets of the token. */
export class Limits {
  readonly #budgets: Record<Resource, Budget>;

  constructor(private readonly now: () => number) {
    const fresh = () => ({ limit: 5_000, used: 0, resetAt: 0 });
    this.#budgets = { graphql: fresh(), core: fresh() };
  }

  /** Sets what is left, and when it starts anew. */
  set(resource: Resource, what: { limit?: number; remaining?: number; resetAt?: number }): void {
    const budget = this.#of(resource);
    if (what.limit !== undefined) budget.limit = what.limit;
    if (what.resetAt !== undefined) budget.resetAt = what.resetAt;
    if (what.remaining !== undefined) budget.used = budget.limit - what.remaining;
  }

  /** Charges; false when there is not enough left, and nothing is charged then. */
  take(resource: Resource, cost: number): boolean {
    const budget = this.#of(resource);
    if (budget.used + cost > budget.limit) {
      budget.used = budget.limit;
      return false;
    }
    budget.used += cost;
    return true;
  }

  headers(resource: Resource): Record<string, string> {
    const { limit, used, resetAt } = this.#of(resource);
    return {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-used": String(used),
      "x-ratelimit-remaining": String(limit - used),
      "x-ratelimit-reset": String(Math.ceil(resetAt / 1000)),
      "x-ratelimit-resource": resource,
    };
  }

  /** As the address for it tells, which is free. */
  all() {
    const tell = (resource: Resource) => {
      const { limit, used, resetAt } = this.#of(resource);
      return { limit, used, remaining: limit - used, reset: Math.ceil(resetAt / 1000) };
    };
    return { core: tell("core"), graphql: tell("graphql") };
  }

  inGraphql() {
    const { limit, used, resetAt } = this.#of("graphql");
    return { limit, used, remaining: limit - used, resetAt: new Date(resetAt).toISOString() };
  }

  #of(resource: Resource): Budget {
    const budget = this.#budgets[resource];
    const now = this.now();
    if (now < budget.resetAt) return budget;
    return Object.assign(budget, { used: 0, resetAt: now + hourMs });
  }
}
