import * as v from "valibot";

import { AoError } from "../error.ts";
import { streamEvents } from "./events.ts";
import { reachLoopbackDirectly } from "./proxy.ts";
import { call, type OpencodeRequest, type OpencodeServer } from "./request.ts";
import {
  conversationSchema,
  conversationsSchema,
  messagesSchema,
  type OpencodeEvent,
  type PendingPermission,
  permissionsSchema,
  questionsSchema,
  statusesSchema,
} from "./schema.ts";

/** What an agent may do in a conversation; the last rule that fits counts. */
export interface PermissionRule {
  permission: string;
  pattern: string;
  action: "allow" | "ask" | "deny";
}

/** What a conversation is made from. */
export interface NewConversation {
  directory: string;
  title: string;
  permission: PermissionRule[];
  /** Kept in the conversation, to be found by. */
  marker: string;
}

/** The name under which opencode keeps what belongs to `ao`. */
const metadataName = "ao";

/** Most conversations of one directory that are looked through. */
const conversationsLimit = 10_000;

/** A busy server is slow, and giving up early would leave open whether it has the text. */
const sendMs = 15_000;

/** Messages that are looked through for a receipt; the text was sent a moment ago. */
const messagesLimit = 30;

/**
 * The HTTP interface of one opencode server. Every call has a limit of its own and throws
 * `unavailable`, `not_found` or `failed`.
 */
export class OpencodeClient {
  constructor(
    readonly server: OpencodeServer,
    private readonly timeoutMs = 5_000,
  ) {
    reachLoopbackDirectly();
  }

  /**
   * Waits until the server really answers: a request that comes while it starts is taken and never
   * answered, so each try is short. Throws `unavailable`.
   */
  async waitUntilReady(limits: {
    withinMs: number;
    tryMs?: number;
    signal?: AbortSignal;
  }): Promise<void> {
    const { withinMs, tryMs = 500, signal } = limits;
    const deadline = performance.now() + withinMs;
    for (;;) {
      try {
        await this.#call({ path: "/session/status", timeoutMs: tryMs }, v.unknown());
        return;
      } catch (error) {
        const isStarting = error instanceof AoError && error.code === "unavailable";
        const isOver = performance.now() >= deadline || signal?.aborted;
        if (!isStarting || isOver) throw error;
        await Bun.sleep(20);
      }
    }
  }

  /** Makes a conversation and returns its id. Refuses a server that does not keep the marker. */
  async createConversation(wanted: NewConversation): Promise<string> {
    const { directory, title, permission, marker } = wanted;
    const body = { title, permission, metadata: { [metadataName]: marker } };
    const request = { method: "POST", path: "/session", query: { directory }, body } as const;
    const made = await this.#call(request, conversationSchema);
    if (made.metadata?.[metadataName] === marker) return made.id;
    await this.deleteConversation(made.id);
    throw new AoError(
      "failed",
      "this opencode is too old: it keeps no metadata",
      "update opencode",
    );
  }

  /** The ids of a directory's conversations that carry a marker, by marker. */
  async markedConversations(directory: string): Promise<Map<string, string>> {
    const query = { directory, limit: conversationsLimit };
    const all = await this.#call({ path: "/session", query }, conversationsSchema);
    const found = new Map<string, string>();
    for (const { id, metadata } of all) {
      const marker = metadata?.[metadataName];
      if (typeof marker === "string") found.set(marker, id);
    }
    return found;
  }

  /** The conversations of sub-agents in the server's own directory. */
  async childConversations(): Promise<string[]> {
    const query = { limit: conversationsLimit };
    const all = await this.#call({ path: "/session", query }, conversationsSchema);
    return all.flatMap(({ id, parentID }) => (parentID ? [id] : []));
  }

  async hasConversation(id: string): Promise<boolean> {
    return (await this.#known({ path: conversationPath(id) })) !== undefined;
  }

  /** Deletes a conversation; one that is gone already is no error. */
  async deleteConversation(id: string): Promise<void> {
    await this.#known({ method: "DELETE", path: conversationPath(id) });
  }

  /** Breaks off the turn of a conversation, if there is one. */
  async abortConversation(id: string): Promise<void> {
    await this.#call({ method: "POST", path: `${conversationPath(id)}/abort` }, v.unknown());
  }

  /** Hands a text to a conversation; it is taken when `findText` finds it. */
  async sendText(id: string, message: { text: string; marker: string; model?: string }) {
    const { text, marker, model } = message;
    const [providerID = "", ...rest] = (model ?? "").split("/");
    const body = {
      parts: [{ type: "text", text, metadata: { [metadataName]: marker } }],
      ...(rest.length > 0 ? { model: { providerID, modelID: rest.join("/") } } : {}),
    };
    const path = `${conversationPath(id)}/prompt_async`;
    const timeoutMs = Math.max(this.timeoutMs, sendMs);
    await this.#call({ method: "POST", path, body, timeoutMs }, v.unknown());
  }

  /** The id of the message that holds a text which was sent lately, if it has arrived. */
  async findText(id: string, marker: string): Promise<string | undefined> {
    const messages = await this.#messages(id, messagesLimit);
    const isMarked = (part: { metadata?: Record<string, unknown> | undefined }) =>
      part.metadata?.[metadataName] === marker;
    return messages.find(({ parts }) => parts.some(isMarked))?.info.id;
  }

  async isEmpty(id: string): Promise<boolean> {
    return (await this.#messages(id, 1)).length === 0;
  }

  /** Conversations that are at work. */
  async busyConversations(): Promise<string[]> {
    const statuses = await this.#call({ path: "/session/status" }, statusesSchema);
    return Object.entries(statuses).flatMap(([id, { type }]) => (type === "idle" ? [] : [id]));
  }

  pendingPermissions(): Promise<PendingPermission[]> {
    return this.#call({ path: "/permission" }, permissionsSchema);
  }

  pendingQuestions(): Promise<v.InferOutput<typeof questionsSchema>> {
    return this.#call({ path: "/question" }, questionsSchema);
  }

  async replyToPermission(id: string, reply: "once" | "reject"): Promise<void> {
    const path = `/permission/${encodeURIComponent(id)}/reply`;
    await this.#call({ method: "POST", path, body: { reply } }, v.unknown());
  }

  /** Asks the terminal that is attached to show a conversation. */
  async showConversation(id: string): Promise<void> {
    const body = { sessionID: id };
    await this.#call({ method: "POST", path: "/tui/select-session", body }, v.unknown());
  }

  /** Everything that happens from now on; ends when the server or `signal` ends it. */
  events(signal: AbortSignal): AsyncGenerator<OpencodeEvent> {
    return streamEvents(this.server, signal);
  }

  #messages(id: string, limit: number) {
    const path = `${conversationPath(id)}/message`;
    return this.#call({ path, query: { limit } }, messagesSchema);
  }

  #call<Schema extends v.GenericSchema>(
    request: Omit<OpencodeRequest, "timeoutMs"> & { timeoutMs?: number },
    schema: Schema,
  ) {
    return call(this.server, { timeoutMs: this.timeoutMs, ...request }, schema);
  }

  async #known(request: Omit<OpencodeRequest, "timeoutMs">): Promise<unknown> {
    try {
      return await this.#call(request, v.unknown());
    } catch (error) {
      if (error instanceof AoError && error.code === "not_found") return undefined;
      throw error;
    }
  }
}

function conversationPath(id: string): string {
  // The server breaks on an id of another form, and would be blamed for it.
  if (!/^ses_\w+$/.test(id)) throw new AoError("not_found", `${id} is no conversation of opencode`);
  return `/session/${id}`;
}
