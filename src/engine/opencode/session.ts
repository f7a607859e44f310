import { AoError } from "../../error.ts";
import { failpoint } from "../../process/failpoint.ts";
import { probeIdentity, type ProcessIdentity } from "../../process/identity.ts";
import {
  beginConversation,
  completeConversation,
  conversationOf,
  discardConversation,
  discardUnfinished,
  isCompleted,
  removeConversation,
  type UnsettledConversation,
  unsettledConversations,
} from "../../store/conversation.ts";
import { acquireLease, releaseLease } from "../../store/lease.ts";
import type { Fence, Store } from "../../store/store.ts";

/** The other program, as far as its conversations are made and removed. */
export interface Upstream<Permission> {
  createConversation(wanted: {
    directory: string;
    title: string;
    permission: Permission;
    marker: string;
  }): Promise<string>;
  markedConversations(directory: string): Promise<Map<string, string>>;
  deleteConversation(id: string): Promise<void>;
  abortConversation(id: string): Promise<void>;
}

export interface OpencodeSessionOptions<Permission> {
  store: Store;
  /** Who makes the conversation: a dead owner's right to it is free at once. */
  owner: ProcessIdentity;
  sessionId: string;
  upstream: Upstream<Permission>;
  /** Which of the other program's stores the conversation lives in. */
  home: string;
  directory: string;
  title: string;
  permission: Permission;
  /** How long to wait for another process that is making the conversation; 90 s by default. */
  waitMs?: number;
}

/** The conversation of a session, and whether this very caller has made it. */
export interface Conversation {
  id: string;
  justCreated: boolean;
}

/** Longer than any one call of the other program may take. */
const leaseMs = 60_000;
const pollMs = 20;

/** A request that was cut off may still be carried out for this long. */
const settleMs = 60_000;

/**
 * Owns the conversation that a session has in another program. However many processes ask, one
 * conversation is made; whatever fails, none is left behind that no session has: the intent is
 * stored before the call that makes it, and `recoverConversations` deletes what was never stored.
 * Nothing is locked during a call but the right to make this one session's conversation.
 */
export class OpencodeSession<Permission> {
  constructor(private readonly options: OpencodeSessionOptions<Permission>) {}

  /** The stored conversation, or a new one. Throws what the call throws, `conflict`, `timeout`. */
  async ensure(): Promise<Conversation> {
    const id = this.#current();
    if (id !== null) return { id, justCreated: false };
    return await this.#mintUnlessChanged(null);
  }

  /**
   * A new conversation in place of `stale`. A caller who had to wait for another's new one takes
   * that. Throws as `ensure`.
   */
  async recreate(stale: string | null = this.#current()): Promise<Conversation> {
    return await this.#mintUnlessChanged(stale);
  }

  /** Breaks off what the conversation does. What goes wrong is told to `onError`, never thrown. */
  async abort(onError: (error: unknown) => void): Promise<void> {
    try {
      const id = this.#current();
      if (id !== null) await this.options.upstream.abortConversation(id);
    } catch (error) {
      onError(error);
    }
  }

  #current(): string | null {
    return conversationOf(this.options.store, this.options.sessionId);
  }

  async #mintUnlessChanged(seen: string | null): Promise<Conversation> {
    const { store, owner, sessionId, waitMs = 90_000 } = this.options;
    const deadline = performance.now() + waitMs;
    for (;;) {
      const id = this.#current();
      if (id !== null && id !== seen) return { id, justCreated: false };
      const fence = acquireLease(store, `conversation:${sessionId}`, owner, leaseMs);
      if (fence) return await this.#mintWith(fence, seen);
      if (performance.now() >= deadline) {
        const message = `another process makes the conversation of ${sessionId} for ${waitMs} ms`;
        throw new AoError("timeout", message);
      }
      await Bun.sleep(pollMs);
    }
  }

  async #mintWith(fence: Fence, seen: string | null): Promise<Conversation> {
    try {
      // Looked at again: another may have made it between the first look and the lease.
      const id = this.#current();
      if (id !== null && id !== seen) return { id, justCreated: false };
      return { id: await this.#mint(fence, id), justCreated: true };
    } finally {
      releaseLease(this.options.store, fence);
    }
  }

  async #mint(fence: Fence, seen: string | null): Promise<string> {
    const { store, owner, sessionId, upstream, home, ...wanted } = this.options;
    const { directory, title, permission } = wanted;
    const marker = crypto.randomUUID();
    store.write((tx) => {
      discardUnfinished(tx, sessionId);
      beginConversation(tx, { marker, sessionId, upstream: home, directory, owner });
    }, fence);
    failpoint("conversation.create.before");
    const conversationId = await this.#create({ directory, title, permission, marker });
    failpoint("conversation.create.after");
    try {
      const made = { marker, conversationId, sessionId, seen };
      store.write((tx) => completeConversation(tx, made), fence);
    } catch (error) {
      await this.#takeBack(marker, conversationId);
      throw error;
    }
    failpoint("conversation.store.after");
    return conversationId;
  }

  async #create(wanted: Parameters<Upstream<Permission>["createConversation"]>[0]) {
    try {
      return await this.options.upstream.createConversation(wanted);
    } catch (error) {
      // A refusal made nothing. After anything else nobody knows, so the marker is looked for.
      const isRefusal = error instanceof AoError && error.code === "failed";
      this.options.store.write((tx) => {
        if (discardConversation(tx, wanted.marker) && isRefusal) {
          removeConversation(tx, wanted.marker);
        }
      });
      throw error;
    }
  }

  /** Deletes what could not be stored; a failure here is left to `recoverConversations`. */
  async #takeBack(marker: string, conversationId: string): Promise<void> {
    const { store, upstream } = this.options;
    try {
      // An error that came after the commit must not delete what is stored.
      if (isCompleted(store, marker)) return;
      await upstream.deleteConversation(conversationId);
      store.write((tx) => {
        discardConversation(tx, marker);
        removeConversation(tx, marker);
      });
    } catch {
      // What made the caller fail is what it is told; the stored intent outlives this process.
      return;
    }
  }
}

/**
 * Deletes the conversations of one store of the other program that no session has: those of dead
 * processes, of failures, and of spawns that were undone. Returns how many it deleted. Throws what
 * the other program's calls throw; what is left then is looked at by the next call.
 */
export async function recoverConversations(
  store: Store,
  upstream: Pick<Upstream<unknown>, "markedConversations" | "deleteConversation">,
  home: string,
): Promise<number> {
  const lost = unsettledConversations(store, home).filter((one) => isLost(store, one));
  let count = 0;
  for (const [directory, inside] of Map.groupBy(lost, (one) => one.directory)) {
    const found = await upstream.markedConversations(directory);
    for (const { marker, conversationId, createdAt } of inside) {
      const id = conversationId ?? found.get(marker);
      if (id !== undefined) await upstream.deleteConversation(id);
      if (id !== undefined) count += 1;
      // What is not there may still come, as long as its request may be under way.
      const isSettled = id !== undefined || Date.now() - createdAt > settleMs;
      if (isSettled) store.write((tx) => removeConversation(tx, marker));
    }
  }
  return count;
}

/** Whether nobody will finish it any more; then it is nobody else's to store either. */
function isLost(store: Store, one: UnsettledConversation): boolean {
  if (one.state === "discarded") return true;
  const owner = { pid: one.ownerPid, start: one.ownerStart };
  if (probeIdentity(owner) !== "dead") return false;
  return store.write((tx) => discardConversation(tx, one.marker));
}
