import { type ConversionConfig, type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";

import { version } from "../version.ts";
import type { Route, Schema } from "./route.ts";
import { agentSchema } from "./schema/agent.ts";
import { errorSchema } from "./schema/error.ts";
import { eventSchema, logResetSchema } from "./schema/event.ts";
import { messageSchema } from "./schema/message.ts";
import { notificationSchema } from "./schema/notification.ts";
import { projectSchema } from "./schema/project.ts";
import { pullSchema } from "./schema/pull.ts";
import { sessionSchema } from "./schema/session.ts";

/** What the document names once and refers to. */
const named: Record<string, Schema> = {
  Agent: agentSchema,
  Error: errorSchema,
  Event: eventSchema,
  LogReset: logResetSchema,
  Message: messageSchema,
  Notification: notificationSchema,
  Project: projectSchema,
  PullRequest: pullSchema,
  Session: sessionSchema,
};

const conversion: ConversionConfig = {
  target: "draft-2020-12",
  definitions: named,
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  // What JSON Schema has no words for; the routes check it all the same.
  ignoreActions: ["trim", "max_bytes", "every_item"],
};

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of these routes, made from the schemas that check them. */
export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const item = (paths[route.path] ??= {});
    item[route.method.toLowerCase()] = operationOf(route);
  }
  const schemas = Object.entries(named).map(([name, schema]) => [name, definitionOf(schema)]);
  return {
    openapi: "3.1.0",
    info: {
      title: "ao",
      version,
      description: "What the commands of ao do, over HTTP on loopback and on a private socket.",
    },
    servers: [{ url: "http://127.0.0.1:4870" }],
    security: [{ token: [] }, { login: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "The file `token`" },
        login: { type: "apiKey", in: "cookie", name: "ao-…", description: "Made by `ao web`" },
      },
    },
  };
}

function operationOf(route: Route): Json {
  const { operationId, summary, body, answer, isOpen } = route;
  const tag = route.path.split("/")[3]?.replace(/\..*$/, "") ?? "daemon";
  const parameters = [
    ...parametersOf(route.params, "path"),
    ...parametersOf(route.query, "query"),
    ...(answer.type === "text/event-stream" ? [lastEventId] : []),
  ];
  return {
    operationId,
    summary,
    tags: [tag],
    ...(isOpen ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: requestBodyOf(body) } : {}),
    responses: {
      [answer.status]: {
        description: answer.status === 101 ? "Goes on as a WebSocket" : "Done",
        content: { [answer.type]: { schema: schemaOf(answer.schema, "output") } },
      },
      default: {
        description: "Refused or failed",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

const lastEventId: Json = {
  name: "Last-Event-ID",
  in: "header",
  required: false,
  description: "The id of the last event that was seen; it goes before `after`",
  schema: { type: "string" },
};

/** A body without which the route does not know what to do is required. */
function requestBodyOf(body: Schema): Json {
  const schema = schemaOf(body, "input");
  const required = Array.isArray(schema["required"]) && schema["required"].length > 0;
  return { required, content: { "application/json": { schema } } };
}

function parametersOf(schema: Schema, place: "path" | "query"): Json[] {
  const { properties = {}, required = [] } = toJsonSchema(schema, {
    ...conversion,
    typeMode: "input",
  });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function schemaOf(schema: Schema, typeMode: "input" | "output"): Json {
  return inline(toJsonSchema(schema, { ...conversion, typeMode }));
}

/** The schema itself, where a use of it would only be a reference. */
function definitionOf(schema: Schema): Json {
  const others = Object.entries(named).filter(([, other]) => other !== schema);
  const definitions = Object.fromEntries(others);
  return inline(toJsonSchema(schema, { ...conversion, definitions, typeMode: "output" }));
}

/** Without what holds only for a document of its own. */
function inline({ $schema: _dialect, $defs: _named, ...rest }: JsonSchema): Json {
  return rest;
}
