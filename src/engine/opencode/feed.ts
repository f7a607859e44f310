import {
  dialogOf,
  OpencodeActivity,
  type OpencodeEvent,
  type OpencodeReport,
} from "../../agent/opencode-activity.ts";
import type { PermissionMode } from "../../domain/session.ts";
import { AoError } from "../../error.ts";
import type { OpencodeClient } from "../../opencode/client.ts";
import { run } from "../../process/run.ts";
import { ownCommand } from "../../process/self.ts";

/** A hook takes some ten milliseconds; one that hangs must not keep the next from being told. */
const hookMs = 10_000;

/** Pause before a stream that broke is opened again. */
const retryMs = 500;

/** Runs `ao hook opencode <event>`, which logs its own failures. */
export async function reportToHook({ event, payload }: OpencodeReport): Promise<void> {
  await run([...ownCommand(), "hook", "opencode", event], {
    input: JSON.stringify(payload),
    env: process.env,
    timeoutMs: hookMs,
  });
}

/**
 * Carries what a server's conversations do to `report`. Through `ao hook` that is into the store,
 * by the `ao` of the moment, even where this process was started by an older one.
 */
export class OpencodeFeed {
  readonly #stop = new AbortController();
  readonly #activity: OpencodeActivity;

  constructor(
    private readonly client: OpencodeClient,
    private readonly mode: PermissionMode,
    conversation: string,
    private readonly report: (report: OpencodeReport) => Promise<void>,
  ) {
    this.#activity = new OpencodeActivity(conversation);
  }

  /** Follows the stream until `stop`; one that breaks is opened again. */
  async follow(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#followOnce();
      } catch (error) {
        if (!(error instanceof AoError)) throw error;
      }
      if (!this.#isStopped) await Bun.sleep(retryMs);
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #followOnce(): Promise<void> {
    for await (const event of this.client.events(this.#stop.signal)) {
      // The first event of every stream: from here on nothing is missed, so look once.
      if (event.type === "server.connected") await this.#look();
      else await this.#take(event);
    }
  }

  async #look(): Promise<void> {
    const [children, busy, permissions, questions] = await Promise.all([
      this.client.childConversations(),
      this.client.busyConversations(),
      this.client.pendingPermissions(),
      this.client.pendingQuestions(),
    ]);
    const open = [];
    for (const permission of permissions) {
      if (!(await this.#isAllowed(permission.id))) open.push(dialogOf(permission));
    }
    const dialogs = [...open, ...questions.map(dialogOf)];
    await this.#tell(this.#activity.resume({ children, busy, dialogs }));
  }

  async #take(event: OpencodeEvent): Promise<void> {
    const id = event.properties["id"];
    const isPermission = event.type === "permission.asked" && typeof id === "string";
    if (isPermission && (await this.#isAllowed(id))) return;
    await this.#tell(this.#activity.read(event));
  }

  /** In mode auto, what the settings would ask is allowed, once each time. */
  async #isAllowed(permissionId: string): Promise<boolean> {
    if (this.mode !== "auto") return false;
    try {
      await this.client.replyToPermission(permissionId, "once");
      return true;
    } catch (error) {
      // A person is asked instead; a permission that was answered already is no dialog any more.
      if (error instanceof AoError) return error.code === "not_found";
      throw error;
    }
  }

  async #tell(reports: OpencodeReport[]): Promise<void> {
    for (const report of reports) await this.report(report);
  }
}
