import { runningTerminal } from "../../engine/attach.ts";
import { Refusal } from "../envelope.ts";
import { type Route, streamRoute } from "../route.ts";
import { sessionParams } from "../schema/session.ts";
import { serverFrame } from "../schema/terminal.ts";

export const terminalRoutes: readonly Route[] = [
  streamRoute({
    method: "GET",
    path: "/api/v1/sessions/{id}/terminal",
    operationId: "openTerminal",
    summary:
      "Look at an agent's terminal over a WebSocket, and type into it after taking over; bytes " +
      "are output and input, texts are frames of JSON",
    params: sessionParams,
    answer: serverFrame,
    status: 101,
    type: "application/json",
    respond: async ({ web, request, server, access }, { params }) => {
      if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
        throw new Refusal(400, "NOT_A_WEBSOCKET", "a terminal is only shown over a WebSocket");
      }
      web.terminals.refuseMore();
      await runningTerminal(web.engine, params.id);
      if (server.upgrade(request, { data: { sessionId: params.id, access } })) return undefined;
      throw new Refusal(400, "NOT_A_WEBSOCKET", "the WebSocket could not be opened");
    },
  }),
];
