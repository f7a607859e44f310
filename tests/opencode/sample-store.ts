import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { OpencodeSession } from "../../src/engine/opencode/session.ts";
import { OpencodeClient, type PermissionRule } from "../../src/opencode/client.ts";
import type { OpencodeServer } from "../../src/opencode/request.ts";
import { ownIdentity } from "../../src/process/identity.ts";
import { insertProject } from "../../src/store/project.ts";
import { insertSession } from "../../src/store/session.ts";
import { openStore, type Store } from "../../src/store/store.ts";

/** The store of the other program, as these tests name it. */
export const home = "sample-home";

export const permission: PermissionRule[] = [{ permission: "bash", pattern: "*", action: "ask" }];

/** A data directory of its own with project `shop`. */
export class SampleStore implements Disposable {
  readonly dataDir = realpathSync(mkdtempSync(join(tmpdir(), "ao-opencode-")));
  readonly store: Store = openStore(this.dataDir);
  #number = 0;

  constructor() {
    this.store.write((tx) => {
      insertProject(tx, {
        id: "shop",
        path: this.dataDir,
        origin: null,
        host: null,
        owner: null,
        repo: null,
        defaultBranch: "main",
      });
    });
  }

  /** Adds a session of opencode without a conversation; returns its id. */
  addSession(): string {
    const number = (this.#number += 1);
    const id = `shop-${number}`;
    this.store.write((tx) => {
      insertSession(tx, {
        id,
        projectId: "shop",
        number,
        title: "a title",
        agent: "opencode",
        model: null,
        mode: "default",
        runtime: "pty",
        issue: null,
        command: null,
        branch: `ao/${id}/root`,
        baseRef: "main",
        baseSha: "",
        worktreePath: this.dataDir,
        launchId: `launch-${number}`,
        agentSessionId: null,
        terminateOnMerge: false,
        prompt: "",
      });
    });
    return id;
  }

  [Symbol.dispose](): void {
    this.store.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** The conversation of a session, by way of a server. */
export function sampleSession(
  store: Store,
  server: OpencodeServer,
  sessionId: string,
  { timeoutMs, directory = store.dataDir }: { timeoutMs?: number; directory?: string } = {},
): OpencodeSession<PermissionRule[]> {
  return new OpencodeSession({
    store,
    owner: ownIdentity(),
    sessionId,
    upstream: new OpencodeClient(server, timeoutMs),
    home,
    directory,
    title: "a title",
    permission,
  });
}
