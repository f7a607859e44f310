/** How the next calls go wrong. Plain JSON, so that another process can ask for it. */
export interface Fault {
  /** Part of the path, `/graphql` for instance; every call when absent. */
  path?: string;
  /** How often; until `heal` when absent. */
  times?: number;
  kind: "status" | "hang" | "close" | "secondary" | "text";
  /** What was asked for is done all the same, and only its answer is lost. */
  isLate?: boolean;
  status?: number;
  headers?: Record<string, string>;
  /** Body of `text`, told to be JSON. */
  body?: string;
}

/** Takes the first fault that fits a path, and counts it. */
export function takeFault(faults: Fault[], path: string): Fault | undefined {
  const found = faults.find((fault) => path.includes(fault.path ?? ""));
  if (found?.times === undefined) return found;
  found.times -= 1;
  if (found.times <= 0) faults.splice(faults.indexOf(found), 1);
  return found;
}

/** The answer of a fault; it may never come. */
export async function faultyAnswer(fault: Fault, brokenUrl: string): Promise<Response> {
  const { status = 502, headers = {}, body = "" } = fault;
  if (fault.kind === "hang") return await new Promise<Response>(() => {});
  if (fault.kind === "close") {
    return new Response(null, { status: 307, headers: { location: brokenUrl } });
  }
  if (fault.kind === "secondary") {
    const message =
      "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    return Response.json({ message }, { status: 403, headers });
  }
  if (fault.kind === "text") {
    return new Response(body, { status: fault.status ?? 200, headers: { ...json, ...headers } });
  }
  return Response.json({ message: "Server Error" }, { status, headers });
}

const json = { "content-type": "application/json; charset=utf-8" };

/** A server whose answers begin well and then end in the middle, as a broken line's do. */
export function brokenLine(): { url: string; stop(): void } {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket) => {
        const type = "content-type: application/json";
        socket.write(`HTTP/1.1 200 OK\r\n${type}\r\ncontent-length: 100\r\n\r\n{"data":`);
        socket.end();
      },
    },
  });
  return { url: `http://127.0.0.1:${listener.port}/`, stop: () => listener.stop(true) };
}
