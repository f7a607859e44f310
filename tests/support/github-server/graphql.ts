import { schema as published } from "@octokit/graphql-schema";
import {
  buildSchema,
  type DocumentNode,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  parse,
  validate,
} from "graphql";

import { costOf } from "./cost.ts";
import type { Limits } from "./limits.ts";
import { queryRoot } from "./nodes.ts";
import type { World } from "./state.ts";

export interface GraphqlReply {
  body: unknown;
  /** Points that it was charged. */
  cost: number;
}

let schema: GraphQLSchema | undefined;

/** Runs a query as GitHub would: against its published schema, charged by its published rule. */
export async function runGraphql(
  world: World,
  limits: Limits,
  request: { query?: unknown; variables?: Record<string, unknown> },
): Promise<GraphqlReply> {
  schema ??= buildSchema(published.idl, { assumeValid: true });
  let document: DocumentNode;
  try {
    document = parse(String(request.query));
  } catch (error) {
    return { body: { errors: [{ message: String(error) }] }, cost: 1 };
  }
  const invalid = validate(schema, document);
  if (invalid.length > 0) return { body: { errors: invalid.map(withoutType) }, cost: 1 };
  const variables = request.variables ?? {};
  const cost = costOf(document, variables);
  if (!limits.take("graphql", cost)) {
    const message = "API rate limit already exceeded for user ID 1.";
    return { body: { errors: [{ type: "RATE_LIMITED", message }] }, cost: 0 };
  }
  const { data, errors = [] } = await execute({
    schema,
    document,
    rootValue: queryRoot(world, () => ({ cost, nodeCount: 0, ...limits.inGraphql() })),
    variableValues: variables,
  });
  return { body: { data, ...(errors.length > 0 ? { errors: errors.map(format) } : {}) }, cost };
}

/** GitHub tells the type beside the message, not among the extensions. */
function format(error: GraphQLError) {
  const { message, path, locations, extensions } = error;
  return { ...(extensions["type"] ? { type: extensions["type"] } : {}), path, locations, message };
}

function withoutType({ message, locations }: GraphQLError) {
  return { path: ["query"], extensions: { code: "undefinedField" }, locations, message };
}
