import { anthropic } from "./anthropic.ts";
import { chat } from "./chat.ts";
import type { Answer, Protocol, Request } from "./conversation.ts";
import { gemini } from "./gemini.ts";
import { record } from "./json.ts";
import { responses } from "./responses.ts";
import { nextAnswer } from "./script.ts";

/** One request that the server has answered. */
export interface Asked extends Request {
  protocol: Protocol["name"];
  answer: Answer;
  /** Unix milliseconds. */
  at: number;
}

/** A model on loopback that does what the prompt tells it. */
export interface ModelServer {
  /** Base address without a path, such as `http://127.0.0.1:40123`. */
  url: string;
  port: number;
  /** Every request for an answer, oldest first. */
  asked: readonly Asked[];
  /** Paths that were asked for and that no protocol knows. */
  unknownPaths: readonly string[];
  stop(): Promise<void>;
}

const protocols = [anthropic, responses, chat, gemini];

/** Starts a model server on a free port of the loopback interface. */
export function startModelServer(): ModelServer {
  const asked: Asked[] = [];
  const unknownPaths: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    // A scripted pause may be longer than the default of ten seconds.
    idleTimeout: 255,
    async fetch(request) {
      const url = new URL(request.url);
      const found = protocols.find(({ path }) => path.test(url.pathname));
      if (found && request.method === "POST") return await answer(found, request, url, asked);
      if (url.pathname.endsWith("/models")) return Response.json(models);
      if (url.pathname.endsWith(":countTokens")) return Response.json({ totalTokens: 12 });
      unknownPaths.push(`${request.method} ${url.pathname}`);
      return Response.json({ error: { message: "no such path" } }, { status: 404 });
    },
  });
  const port = server.port ?? 0;
  const url = `http://127.0.0.1:${port}`;
  return { url, port, asked, unknownPaths, stop: () => server.stop(true) };
}

const models = { object: "list", data: [{ id: "fake-model", object: "model", owned_by: "ao" }] };

async function answer(
  protocol: Protocol,
  http: globalThis.Request,
  url: URL,
  asked: Asked[],
): Promise<Response> {
  const request = protocol.read(record(await http.json()), url);
  const { answer: next, delayMs } = nextAnswer(request);
  asked.push({ ...request, protocol: protocol.name, answer: next, at: Date.now() });
  if (delayMs > 0) await pause(delayMs, http.signal);
  if (next.kind === "error") {
    return Response.json(protocol.error(`${next.message} error`), { status: 400 });
  }
  if (!request.isStreamed) return Response.json(protocol.whole(next, request.model));
  return new Response(protocol.stream(next, request.model).join(""), {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

/** Waits as the script says; an agent that hangs up ends it. */
function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
