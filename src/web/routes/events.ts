import * as v from "valibot";

import type { Cursor } from "../../domain/event.ts";
import { refuseUnknown } from "../../engine/event-scope.ts";
import { logBounds } from "../../store/event.ts";
import type { Reader } from "../../store/store.ts";
import { Refusal } from "../envelope.ts";
import { type Route, streamRoute } from "../route.ts";
import { cursorText, eventsQuery, streamedSchema } from "../schema/event.ts";

export const eventRoutes: readonly Route[] = [
  streamRoute({
    method: "GET",
    path: "/api/v1/events",
    operationId: "streamEvents",
    summary:
      "Stream events as they happen; Last-Event-ID goes before `after`, and without either it " +
      "begins now",
    query: eventsQuery,
    answer: streamedSchema,
    status: 200,
    type: "text/event-stream",
    respond: ({ web, request, access }, { query }) => {
      const { store } = web.engine;
      const filter = { projectId: query.project, sessionId: query.session, types: query.type };
      refuseUnknown(store, filter);
      // A browser repeats the address that it began with, so its header is the newer one.
      const text = request.headers.get("last-event-id") || query.after;
      return web.streams.begin(startOf(store, text), filter, access);
    },
  }),
];

function startOf(reader: Reader, text: string | undefined): Required<Cursor> {
  const { epoch, head } = logBounds(reader);
  if (text === undefined) return { epoch, seq: head };
  if (!v.is(cursorText, text)) {
    throw new Refusal(400, "INVALID_AFTER", "the cursor is no <epoch>.<seq> and no number");
  }
  const [seq, ownEpoch] = text.split(".").reverse();
  return { epoch: ownEpoch ?? epoch, seq: Number(seq) };
}
