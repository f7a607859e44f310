import type { Method, Route } from "./route.ts";
import { documentRoutes } from "./routes/document.ts";
import { eventRoutes } from "./routes/events.ts";
import { loginRoutes } from "./routes/login.ts";
import { lookingRoutes } from "./routes/looking.ts";
import { machineRoutes } from "./routes/machine.ts";
import { messageRoutes } from "./routes/messages.ts";
import { notificationRoutes } from "./routes/notifications.ts";
import { projectRoutes } from "./routes/projects.ts";
import { pullRoutes } from "./routes/pulls.ts";
import { sessionPullRoutes } from "./routes/session-pulls.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { steeringRoutes } from "./routes/steering.ts";
import { terminalRoutes } from "./routes/terminal.ts";

/** Every route there is; the OpenAPI document is made from it. */
export const routes: readonly Route[] = [
  ...projectRoutes,
  ...sessionRoutes,
  ...steeringRoutes,
  ...lookingRoutes,
  ...terminalRoutes,
  ...sessionPullRoutes,
  ...pullRoutes,
  ...messageRoutes,
  ...notificationRoutes,
  ...eventRoutes,
  ...machineRoutes,
  ...loginRoutes,
  ...documentRoutes,
];

interface Compiled {
  route: Route;
  segments: string[];
}

const compiled: readonly Compiled[] = routes.map((route) => ({
  route,
  segments: route.path.split("/"),
}));

/** A route with what stood in its braces, decoded. */
export interface Match {
  route: Route;
  path: Record<string, string>;
}

/** The routes of a path, by method; empty where there is none. */
export function routesAt(pathname: string): Map<Method, Match> {
  const words = pathname.split("/");
  const found = new Map<Method, Match>();
  for (const { route, segments } of compiled) {
    const path = match(segments, words);
    if (path) found.set(route.method, { route, path });
  }
  return found;
}

function match(segments: string[], words: string[]): Record<string, string> | undefined {
  if (segments.length !== words.length) return undefined;
  const path: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const word = words[index] ?? "";
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined && segment !== word) return undefined;
    if (name === undefined) continue;
    const text = decoded(word);
    if (text === undefined) return undefined;
    path[name] = text;
  }
  return path;
}

function decoded(word: string): string | undefined {
  try {
    return decodeURIComponent(word);
  } catch {
    // What is no percent-encoding names nothing.
    return undefined;
  }
}
