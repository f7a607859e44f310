/** How the next calls go wrong. Plain JSON, so that another process can ask for it. */
export interface Fault {
  /** Part of the path, `/graphql` for instance; every call when absent. */
  path?: string;
  /** How often; until `heal` when absent. */
  times?: number;
  kind: "status" | "hang" | "close" | "secondary" | "text";
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
export async function faultyAnswer(fault: Fault): Promise<Response> {
  const { status = 502, headers = {}, body = "" } = fault;
  if (fault.kind === "hang") return await new Promise<Response>(() => {});
  if (fault.kind === "close") return new Response(brokenStream(), { headers: json });
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

/** Begins well and then ends in the middle. */
function brokenStream(): ReadableStream {
  let count = 0;
  return new ReadableStream({
    pull: (controller) => {
      if (count++ === 0) controller.enqueue(`{"data":`);
      else controller.error(new Error("cut"));
    },
  });
}
