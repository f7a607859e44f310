import type { Server } from "bun";

import { failureResponse, Refusal } from "./envelope.ts";
import { type Access, refuseForeign } from "./guard.ts";
import { type Match, routesAt } from "./routes.ts";
import type { SocketData } from "./terminals.ts";
import type { Web } from "./web.ts";

/** What every answer carries. */
const headers: Record<string, string> = {
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
};

/** Answers one request; nothing where it has become a WebSocket. */
export async function answer(
  web: Web,
  request: Request,
  server: Server<SocketData>,
  onError: (error: unknown) => void,
): Promise<Response | undefined> {
  const requestId = requestIdOf(request);
  const added = new Headers({ ...headers, "x-request-id": requestId });
  let response: Response | undefined;
  try {
    response = await respond(web, request, server, added);
  } catch (error) {
    const tell = (cause: unknown) => onError(new Error(`request ${requestId}`, { cause }));
    response = failureResponse(error, requestId, tell);
  }
  if (!response) return undefined;
  for (const [name, value] of added) response.headers.append(name, value);
  if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
  return response;
}

async function respond(
  web: Web,
  request: Request,
  server: Server<SocketData>,
  added: Headers,
): Promise<Response | undefined> {
  const url = new URL(request.url);
  refuseForeign(request, url.pathname);
  const page = isPage(request, url.pathname) && (await web.page(request, url.pathname));
  if (page) return page;
  const matches = routesAt(url.pathname);
  const found = [...matches.values()].find(({ route }) => route.method === request.method);
  const access = found?.route.isOpen ? anybody : web.guard.admit(request);
  const { route, path } = found ?? refuse(request, url.pathname, [...matches.values()], added);
  // One of the person's own programs may take its time; whoever has shown no token may not.
  if (!route.isOpen) server.timeout(request, 0);
  const setHeader = (name: string, value: string) => added.append(name, value);
  return await route.respond({
    ...{ web, engine: web.engine, request, url, path, access, server, setHeader },
  });
}

function isPage({ method }: Request, path: string): boolean {
  return (method === "GET" || method === "HEAD") && !path.startsWith("/api/");
}

const anybody: Access = { isValid: () => true };

function refuse(request: Request, path: string, matches: Match[], added: Headers): never {
  if (matches.length === 0) throw new Refusal(404, "ROUTE_NOT_FOUND", `there is no ${path}`);
  const allowed = matches.map(({ route }) => route.method).join(", ");
  added.append("allow", allowed);
  const message = `${path} takes ${allowed}, not ${request.method}`;
  throw new Refusal(405, "METHOD_NOT_ALLOWED", message);
}

function requestIdOf({ headers: given }: Request): string {
  const id = given.get("x-request-id");
  return id !== null && /^[\w.-]{1,64}$/.test(id) ? id : crypto.randomUUID();
}
