import * as v from "valibot";

const columns = v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(1000));
const rows = v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(500));

/** What a client sends as text; bytes that it sends are what was typed. */
export const clientFrame = v.variant("type", [
  /** From now on it types, and its size is the terminal's; whoever did so before only looks. */
  v.strictObject({ type: v.literal("takeOver"), columns, rows }),
  v.strictObject({ type: v.literal("resize"), columns, rows }),
  /** It only looks again. */
  v.strictObject({ type: v.literal("release") }),
]);

/** What the server sends as text; bytes that it sends are the terminal's output. */
export const serverFrame = v.variant("type", [
  /** First of all, and whenever somebody else makes it another. */
  v.object({ type: v.literal("size"), columns: v.number(), rows: v.number() }),
  /** Whether what this client types reaches the agent. */
  v.object({ type: v.literal("control"), isYours: v.boolean() }),
  /** The agent is gone, and the connection closes. */
  v.object({ type: v.literal("ended") }),
]);

export type ServerFrame = v.InferOutput<typeof serverFrame>;
