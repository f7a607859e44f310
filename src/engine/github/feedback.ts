import type { Message } from "../../domain/message.ts";
import type { Session } from "../../domain/session.ts";
import { AoError } from "../../error.ts";
import { feedbackAstray, prOfMessage, prsToReact, recallFeedback } from "../../store/feedback.ts";
import { findMessage } from "../../store/message.ts";
import { findPr, type PrRow } from "../../store/observation.ts";
import { getProject } from "../../store/project.ts";
import { findSession } from "../../store/session.ts";
import type { Fence, Transaction } from "../../store/store.ts";
import { loadConfig, type ResolvedConfig } from "../config.ts";
import type { Engine } from "../engine.ts";
import { endMerged, tellPerson } from "./person.ts";
import { retire, tellAgent } from "./tell.ts";

/** A pull request, the session that owns it, and what is configured for them. */
export interface Scene {
  pr: PrRow;
  session: Session;
  config: ResolvedConfig;
}

/** Without news of it, a pull request is thought about this often: budgets also end by time. */
const againMs = 30_000;

/** What was thought about, and when: losing it costs one more thought. */
interface Looked {
  mark: string;
  at: number;
}

const looked = new WeakMap<Engine, Map<string, Looked>>();

/**
 * Compares what agents and the person should be told now with what they were told, for every
 * pull request that a session owns. It works from the stored facts alone: whatever was cut off
 * is done by the next pass. Throws what went wrong with one after all others were looked at, and
 * `conflict` at once when the fence's lease was lost.
 */
export async function giveFeedback(engine: Engine, fence?: Fence): Promise<void> {
  const { store } = engine;
  if (feedbackAstray(store).length > 0) store.write(recallFeedback, fence);
  const configs = new Map<string, ResolvedConfig>();
  const failures: AoError[] = [];
  for (const key of prsToReact(store)) {
    try {
      await react(engine, key, configs, fence);
    } catch (error) {
      const isLost = error instanceof AoError && error.message.startsWith(`lease ${fence?.name} `);
      if (!(error instanceof AoError) || isLost) throw error;
      failures.push(error);
    }
  }
  const [failure] = failures;
  if (failure) throw failure;
}

/**
 * What has to be asked in the transaction that takes a message up: whether it still says what is
 * true. One that does not is withdrawn there, and what is true is queued instead. Throws `usage`
 * for a configuration that cannot be read.
 */
export function feedbackCheck(engine: Engine, message: Message): (tx: Transaction) => boolean {
  const key = message.source === "feedback" ? prOfMessage(engine.store, message) : undefined;
  const seen = key === undefined ? undefined : findPr(engine.store, key);
  if (!seen || message.state !== "queued") return () => true;
  const config = configOf(engine, seen.projectId);
  return (tx) => {
    const scene = sceneOf(tx, seen.key, config);
    if (scene?.session.id !== message.sessionId) recallFeedback(tx);
    else if (!scene.session.isTerminated) tellAgent(tx, scene);
    return findMessage(tx, message.id)?.state === "queued";
  };
}

async function react(
  engine: Engine,
  key: string,
  configs: Map<string, ResolvedConfig>,
  fence?: Fence,
): Promise<void> {
  const seen = findPr(engine.store, key);
  const owner = seen?.sessionId == null ? undefined : findSession(engine.store, seen.sessionId);
  if (!seen || !owner) return;
  const mark = `${owner.id} ${owner.revision} ${seen.observedAt}`;
  const known = looked.get(engine) ?? new Map<string, Looked>();
  looked.set(engine, known);
  const last = known.get(key);
  if (last?.mark === mark && Date.now() - last.at < againMs) return;
  const config = configs.get(seen.projectId) ?? configOf(engine, seen.projectId);
  configs.set(seen.projectId, config);
  const isOver = engine.store.write((tx) => {
    const scene = sceneOf(tx, key, config);
    if (!scene) return false;
    if (scene.session.isTerminated) retire(tx, scene);
    else tellAgent(tx, scene);
    return tellPerson(tx, scene);
  }, fence);
  // Before what can fail: an end that does is tried again at the same pace.
  known.set(key, { mark, at: Date.now() });
  if (isOver) await endMerged(engine, owner.id);
}

function sceneOf(tx: Transaction, key: string, config: ResolvedConfig): Scene | undefined {
  const pr = findPr(tx, key);
  const session = pr?.sessionId == null ? undefined : findSession(tx, pr.sessionId);
  return pr && session && { pr, session, config };
}

function configOf(engine: Engine, projectId: string): ResolvedConfig {
  return loadConfig(engine.dataDir, getProject(engine.store, projectId));
}
