import { definedAgent } from "../agent/defined.ts";
import type { AgentAdapter } from "../agent/port.ts";
import { agents } from "../agent/table.ts";
import type { AgentDefinition } from "../domain/agent-definition.ts";
import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { findProject, type Project } from "../store/project.ts";
import { configSources } from "./config.ts";
import type { Engine } from "./engine.ts";

/** One kind of agent, with where it comes from. */
export interface KnownAgent {
  adapter: AgentAdapter;
  /** `built in`, else the file or the command that defines it. */
  source: string;
  definition: AgentDefinition | null;
}

/**
 * Every kind of agent of a project, or of the person where there is none: those built in, then
 * those that the configuration defines. Throws `usage` for a configuration that is wrong.
 */
export function knownAgents(engine: Engine, project?: Project): Map<string, KnownAgent> {
  const known = new Map<string, KnownAgent>();
  for (const [name, adapter] of agents) {
    known.set(name, { adapter, source: "built in", definition: null });
  }
  for (const { place, values, inert } of configSources(engine.dataDir, project)) {
    if (inert.includes("agents")) continue;
    for (const [name, definition] of Object.entries(values.agents ?? {})) {
      known.set(name, { adapter: definedAgent(name, definition), source: place, definition });
    }
  }
  return known;
}

/**
 * The adapter of an agent in a project. Throws `usage` for a name that nobody knows there, and
 * `unavailable` for one whose definition the person has not trusted.
 */
export function adapterNamed(engine: Engine, name: string, project?: Project): AgentAdapter {
  const builtIn = agents.get(name);
  if (builtIn) return builtIn;
  const known = knownAgents(engine, project);
  const found = known.get(name);
  if (found) return found.adapter;
  refuseUntrusted(engine, name, project);
  const names = [...known.keys()].join(", ");
  throw new AoError("usage", `agent ${name} is not known`, `one of: ${names}`);
}

/**
 * The adapter of a session's agent, as it is defined now. Throws `unavailable` where the
 * definition has gone, `usage` where the configuration is wrong.
 */
export function adapterOf(engine: Engine, session: AgentOfSession): AgentAdapter {
  const builtIn = agents.get(session.agent);
  if (builtIn) return builtIn;
  const project = findProject(engine.store, session.projectId);
  const found = knownAgents(engine, project).get(session.agent);
  if (found) return found.adapter;
  refuseUntrusted(engine, session.agent, project);
  throw new AoError(
    "unavailable",
    `agent ${session.agent} of ${session.id} is not defined any more`,
    `define [agents.${session.agent}] again: \`ao help agents\``,
  );
}

/** The same where it can be done without: undefined instead of an error. */
export function adapterIfKnown(engine: Engine, session: AgentOfSession): AgentAdapter | undefined {
  try {
    return adapterOf(engine, session);
  } catch (error) {
    if (error instanceof AoError) return undefined;
    throw error;
  }
}

function refuseUntrusted(engine: Engine, name: string, project?: Project): void {
  const source = configSources(engine.dataDir, project).find(
    ({ values, inert }) => inert.includes("agents") && values.agents?.[name] !== undefined,
  );
  if (!source || !project) return;
  const what = `agent ${name} is defined in ${source.place}, whose commands are not trusted`;
  throw new AoError("unavailable", what, `ao project trust ${project.id}`);
}

type AgentOfSession = Pick<Session, "id" | "projectId" | "agent">;
