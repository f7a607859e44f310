import * as v from "valibot";

import { type Route, route } from "../route.ts";

export const documentRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/api/v1/openapi.json",
    operationId: "describe",
    summary: "This document",
    answer: v.record(v.string(), v.unknown()),
    handle: async () => {
      const [{ openApiDocument }, { routes }] = await Promise.all([
        import("../openapi.ts"),
        import("../routes.ts"),
      ]);
      return openApiDocument(routes);
    },
  }),
];
