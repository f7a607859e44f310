/** No call to GitHub may hang longer than this, its answer's text included. */
const requestMs = 20_000;

/** What bounds the calls of one connection. */
export interface FetchLimits {
  timeoutMs?: number;
  /** Ends the calls under way: the person pressed ctrl-C, or the process ends. */
  signal?: AbortSignal;
}

/** A `fetch` that ends in time. Bun may offer a pooled connection that the host has closed. */
export function fetchInTime(limits: FetchLimits): typeof fetch {
  const { timeoutMs = requestMs, signal: stop } = limits;
  const call = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const limit = AbortSignal.timeout(timeoutMs);
    const signals = [limit, ...(stop ? [stop] : []), ...(init.signal ? [init.signal] : [])];
    const options = { ...init, signal: AbortSignal.any(signals) };
    try {
      return await fetch(url, options);
    } catch (error) {
      if (!isClosedEarly(error) || init.method !== "GET" || options.signal.aborted) throw error;
      return await fetch(url, options);
    }
  };
  return Object.assign(call, { preconnect: fetch.preconnect });
}

function isClosedEarly(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("code" in error)) return false;
  return error.code === "ECONNRESET" || error.code === "ConnectionClosed";
}
