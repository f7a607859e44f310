import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { insertProject, takeSessionNumber } from "../../src/store/project.ts";
import {
  getSession,
  insertSession,
  patchSession,
  setHandle,
  setLaunched,
} from "../../src/store/session.ts";
import type { Store, Transaction } from "../../src/store/store.ts";
import type { Ground } from "./ground.ts";

const agents = ["claude-code", "codex", "opencode", "command"];
/** Distinct processes that the sessions' handles name. */
const processCount = 200;

/** Adds a project and that many live sessions whose holders and agents really run. */
export function addSessions(ground: Ground, store: Store, count: number): string[] {
  const identities = ground.sleepers(Math.min(processCount, 2 * count));
  const origin = "https://example.invalid/bench/shop.git";
  const place = { host: null, owner: null, repo: null, defaultBranch: "main" };
  // A holder whose socket is gone is asked to make it again, which no pass has to do twice.
  const socketPath = join(ground.folder, "holder.sock");
  writeFileSync(socketPath, "");
  return store.write((tx) => {
    insertProject(tx, { id: "shop", path: join(ground.folder, "shop"), origin, ...place });
    return Array.from({ length: count }, (_, index) => {
      const holder = identities[(2 * index) % identities.length];
      const agent = identities[(2 * index + 1) % identities.length];
      const id = addSession(tx, store.dataDir, index);
      const launchId = `launch-${id}`;
      setHandle(tx, id, launchId, { kind: "pty", socketPath, holder, agent });
      setLaunched(tx, id, launchId);
      reportOnce(tx, id);
      return id;
    });
  });
}

/** What an agent with hooks does in its first seconds; one that never did is looked at longer. */
function reportOnce(tx: Transaction, id: string): void {
  const session = getSession(tx, id);
  if (session.agent === "command") return;
  const at = { activityAt: tx.now, firstSignalAt: tx.now, lastSignalAt: tx.now };
  patchSession(tx, session, { activity: "idle", ...at });
}

/** Makes the next command look at every agent first, or not: it does so once a second. */
export function setPassDue(dataDir: string, isDue: boolean): void {
  const path = join(dataDir, "last-pass");
  if (isDue) rmSync(path, { force: true });
  else writeFileSync(path, "");
}

function addSession(tx: Transaction, dataDir: string, index: number): string {
  const number = takeSessionNumber(tx, "shop");
  const id = `shop-${number}`;
  insertSession(tx, {
    id,
    projectId: "shop",
    number,
    title: `Make step ${number} of the checkout idempotent`,
    agent: agents[index % agents.length] ?? "command",
    model: null,
    mode: "default",
    runtime: "pty",
    issue: null,
    command: null,
    branch: `ao/${id}/root`,
    baseRef: "origin/main",
    baseSha: "0".repeat(40),
    worktreePath: join(dataDir, "worktrees", "shop", id),
    launchId: `launch-${id}`,
    agentSessionId: crypto.randomUUID(),
    terminateOnMerge: true,
    prompt: `Make step ${number} idempotent, so that a second click on the button is harmless.`,
  });
  const sessionDir = join(dataDir, "sessions", id);
  mkdirSync(sessionDir, { recursive: true });
  writeFileSync(join(sessionDir, "terminal.log"), "ready\r\n");
  return id;
}
