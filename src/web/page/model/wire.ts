import type { InferOutput } from "valibot";

import type { agentSchema } from "../../schema/agent.ts";
import type { eventSchema, logResetSchema } from "../../schema/event.ts";
import type { messageSchema } from "../../schema/message.ts";
import type { projectSchema } from "../../schema/project.ts";
import type { diffSchema, sessionSchema, whySchema } from "../../schema/session.ts";

/** What the API sends, by the schemas that it is checked against. */
export type Session = InferOutput<typeof sessionSchema>;
export type Why = InferOutput<typeof whySchema>;
export type Diff = InferOutput<typeof diffSchema>;
export type Project = InferOutput<typeof projectSchema>;
export type Message = InferOutput<typeof messageSchema>;
export type Agent = InferOutput<typeof agentSchema>;
export type StreamedEvent = InferOutput<typeof eventSchema>;
export type LogReset = InferOutput<typeof logResetSchema>;
