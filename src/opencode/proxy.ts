const loopback = "127.0.0.1";

/**
 * The hosts that are asked without a proxy, the loopback interface among them: a person's
 * `HTTP_PROXY` would send the requests to a server on this very machine away.
 */
export function hostsWithoutProxy(env: Record<string, string | undefined>): string {
  const known = env["NO_PROXY"] ?? env["no_proxy"] ?? "";
  const hosts = known.split(",").map((host) => host.trim());
  if (hosts.includes(loopback) || hosts.includes("*")) return known;
  return known === "" ? loopback : `${known},${loopback}`;
}

/** Makes this very process reach the loopback interface directly; `fetch` reads it each time. */
export function reachLoopbackDirectly(): void {
  process.env["NO_PROXY"] = hostsWithoutProxy(process.env);
}
