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

/** A poller asks the same again and again; checking a query takes far longer than running it. */
const checked = new Map<string, { document?: DocumentNode; errors: unknown[] }>();
const mostChecked = 500;

/** Runs a query as GitHub would: against its published schema, charged by its published rule. */
export async function runGraphql(
  world: World,
  limits: Limits,
  request: { query?: unknown; variables?: Record<string, unknown> },
): Promise<GraphqlReply> {
  schema ??= buildSchema(published.idl, { assumeValid: true });
  const { document, errors: refused } = check(schema, String(request.query));
  if (!document) return { body: { errors: refused }, cost: 1 };
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

function check(against: GraphQLSchema, query: string) {
  const known = checked.get(query);
  if (known) return known;
  const found = checkAnew(against, query);
  if (checked.size >= mostChecked) checked.clear();
  checked.set(query, found);
  return found;
}

function checkAnew(against: GraphQLSchema, query: string) {
  try {
    const document = parse(query);
    const errors = validate(against, document).map(withoutType);
    return errors.length > 0 ? { errors } : { document, errors };
  } catch (error) {
    return { errors: [{ message: String(error) }] };
  }
}

/** GitHub tells the type beside the message, not among the extensions. */
function format(error: GraphQLError) {
  const { message, path, locations, extensions } = error;
  return { ...(extensions["type"] ? { type: extensions["type"] } : {}), path, locations, message };
}

function withoutType({ message, locations }: GraphQLError) {
  return { path: ["query"], extensions: { code: "undefinedField" }, locations, message };
}
