import { ownIdentity } from "../../src/process/identity.ts";
import { claimPr, setCheckout } from "../../src/store/claim.ts";
import { acknowledge, consumerCursor, resetConsumer } from "../../src/store/consumer.ts";
import * as conversation from "../../src/store/conversation.ts";
import { cursorAt, cursorBeforeLast, eventsAfter } from "../../src/store/event.ts";
import { listEvidence, recordEvidence } from "../../src/store/evidence.ts";
import * as feedback from "../../src/store/feedback.ts";
import { integrityProblems } from "../../src/store/integrity.ts";
import { acquireLease, releaseLease, renewLease } from "../../src/store/lease.ts";
import * as message from "../../src/store/message.ts";
import * as delivery from "../../src/store/notification-delivery.ts";
import * as notification from "../../src/store/notification.ts";
import * as observation from "../../src/store/observation.ts";
import * as operation from "../../src/store/operation.ts";
import { prsBySession, prsOfSession } from "../../src/store/pr.ts";
import * as project from "../../src/store/project.ts";
import { readQuota, writeQuota } from "../../src/store/quota.ts";
import { forgetEvents, forgetFinished } from "../../src/store/retention.ts";
import * as session from "../../src/store/session.ts";
import type { Fence, Store } from "../../src/store/store.ts";
import { discussionOf, observationOf } from "./observation.ts";
import { createSession, newProject } from "./store.ts";

/** Calls every function that runs a statement, with parameters that it could really get. */
export function everyStoreFunction(store: Store): void {
  const owner = ownIdentity();
  const fence = acquireLease(store, "loops", owner, 60_000);
  if (!fence) throw new Error("a lease of a fresh store could not be taken");
  projects(store, fence);
  const id = sessions(store);
  messages(store, id);
  others(store, id);
  conversations(store, id);
  observations(store, id);
  reads(store, id);
  forgetEvents(store, { ageMs: 1e12, rows: 1, bytes: 1e9 }, Date.now(), { batches: 1, fence });
  forgetFinished(store, 0, fence);
  renewLease(store, fence, 60_000);
  releaseLease(store, fence);
  store.write((tx) => session.deleteSession(tx, id));
}

function conversations(store: Store, sessionId: string): void {
  const owner = ownIdentity();
  const intent = { marker: "m", sessionId, upstream: "u", directory: "/srv/shop", owner };
  store.write((tx) => {
    conversation.beginConversation(tx, intent);
    const seen = conversation.conversationOf(tx, sessionId);
    const made = { marker: "m", conversationId: "ses_1", sessionId, seen };
    conversation.completeConversation(tx, made);
    conversation.isCompleted(tx, "m");
    conversation.discardConversation(tx, "m");
    conversation.discardUnfinished(tx, sessionId);
    conversation.discardConversationsOf(tx, sessionId);
    conversation.unsettledConversations(tx, "u");
    conversation.removeConversation(tx, "m");
  });
}

function observations(store: Store, sessionId: string): void {
  const threadMarks = [{ id: "PRRT_1", isResolved: true, isOutdated: true }];
  const seen = observationOf({ discussion: discussionOf(), threadMarks });
  const { key } = seen;
  store.write((tx) => {
    const owner = { projectId: "shop", sessionId };
    observation.writeObservation(tx, seen, owner);
    const { discussion: _discussion, ...brief } = seen;
    observation.writeObservation(tx, brief, owner, ["a.txt"]);
    writeQuota(tx, "github.com", readQuota(tx, "github.com"));
    feedback.setViewer(tx, "github.com", "ana");
    const row = { sessionId, prKey: key, reaction: "ci_failed", signature: "a", round: "b" };
    const heard = "";
    const times = { firstAt: 1, lastAt: 2, escalatedAt: null };
    feedback.saveFeedback(tx, { ...row, heard, ...times, attempts: 1, sent: 1, messageId: "m1" });
    for (const known of feedback.feedbackOf(tx, { sessionId, prKey: key }).values()) {
      feedback.forgetFeedback(tx, known);
    }
  });
  feedback.viewerOf(store, "github.com");
  feedback.feedbackAstray(store);
  feedback.prOfMessage(store, { id: "m1", sessionId });
  feedback.prsToReact(store);
  feedback.hasUntoldEnd(store);
  store.write((tx) => {
    const claim = { sessionId: createSession(tx, "shop"), seen, knownAt: 0, conflictFiles: [] };
    claimPr(tx, { ...claim, mayTakeOver: true });
    const base = { baseRef: "origin/main", baseSha: seen.headSha };
    setCheckout(tx, sessionId, { branch: "ao/shop-1/pr-7", ...base });
  });
  observation.findKnownPr(store, { key: "none", url: seen.url });
  observation.listPrs(store, { projectId: "shop" });
  observation.hasHadChecks(store, key);
  observation.listChecks(store, key, seen.headSha);
  observation.lastStatuses(store, key, "build");
  observation.readDiscussion(store, key);
}

function projects(store: Store, fence: Fence): void {
  store.write((tx) => {
    project.insertProject(tx, newProject("shop"));
    project.setProjectArchived(tx, "shop", true);
    project.setProjectArchived(tx, "shop", false);
    project.setProjectConfig(tx, "shop", "{}");
    project.setProjectTrust(tx, "shop", "hash");
    project.setProjectRepository(tx, newProject("shop"));
  }, fence);
  project.getProject(store, "shop");
  project.findProjectByPath(store, "/srv/shop");
  project.listProjects(store);
  project.countLiveSessions(store, "shop");
}

function sessions(store: Store): string {
  return store.write((tx) => {
    const id = createSession(tx, "shop");
    session.setBase(tx, id, { ref: "main", sha: "1".repeat(40) });
    session.setHandle(tx, id, "launch-1", { kind: "pty" });
    session.setLaunched(tx, id, "launch-1");
    session.setTitle(tx, id, "another");
    session.setKillRequested(tx, id);
    session.clearKillRequested(tx, id);
    const before = session.getSession(tx, id);
    session.patchSession(tx, before, { lastSignalAt: tx.now });
    session.terminate(tx, before, "killed", null);
    session.revertLaunch(tx, id, session.launchColumns(before));
    session.terminate(tx, before, "killed", "refs/ao/escrow/shop-1/1");
    session.setCleanup(tx, id);
    session.setEscrow(tx, id, "refs/ao/escrow/shop-1/2");
    session.setPurged(tx, id, true);
    session.setLaunch(tx, id, { launchId: "launch-2", runtime: "tmux" });
    return id;
  });
}

function messages(store: Store, sessionId: string): void {
  store.write((tx) => {
    const given = { sessionId, source: "person" as const, body: "go on", dedupeKey: "once" };
    const id = message.queueMessage(tx, { ...given, id: "m1" });
    message.queueMessage(tx, { ...given, id: "m2" });
    message.setDelivering(tx, id, "launch-2");
    message.setSubmitted(tx, id);
    message.acknowledgeMessage(tx, sessionId, message.textHash("text"), "hook");
    message.setComposerSent(tx, sessionId);
    message.settleMessage(tx, id, "acked", null);
    message.settleInbox(tx, sessionId, "expired", "over");
  });
  message.getMessage(store, "m1");
  message.messageBody(store, "m1");
  message.nextMessage(store, sessionId);
  message.listMessages(store, sessionId, 10);
  message.lastSubmitted(store, "shop-1");
  message.unconfirmedSessions(store, ["claude-code"]);
  message.hasOpenMessage(store, sessionId, true);
  message.sessionsWithMessages(store);
}

function others(store: Store, sessionId: string): void {
  const owner = ownIdentity();
  store.write((tx) => {
    acknowledge(tx, "reader", { epoch: "e", seq: 1 });
    resetConsumer(tx, "reader", { epoch: "e", seq: 0 });
    recordEvidence(tx, sessionId, { source: "git", verdict: "clean", detail: "main" });
    const about = { projectId: "shop", sessionId };
    notification.openNotification(tx, { ...about, type: "stuck", title: "stuck", body: "" });
    notification.resolveNotification(tx, "stuck", about);
    const intent = { id: "o1", sessionId, projectId: "shop", step: "one", data: "{}" };
    operation.insertOperation(tx, { ...intent, kind: "kill" }, owner);
    operation.recordStep(tx, { id: "o1", step: "two", data: "{}" }, owner);
    const { pid: ownerPid, start: ownerStart } = owner;
    operation.adoptOperation(tx, { id: "o1", ownerPid, ownerStart }, owner);
    operation.abandonOperation(tx, "o1", owner);
    operation.finishOperation(tx, "o1", "it failed");
  });
}

function reads(store: Store, sessionId: string): void {
  session.listSessions(store);
  session.sessionPrompt(store, sessionId);
  session.sessionIds(store, true);
  const scopes = [{}, { projectId: "shop" }, { projectId: "shop", sessionId }];
  for (const filter of scopes) {
    eventsAfter(store, 0, filter, 10);
    cursorBeforeLast(store, filter, 1);
  }
  cursorAt(store, Date.now());
  consumerCursor(store, "reader");
  listEvidence(store, sessionId);
  integrityProblems(store);
  notifications(store);
  operation.openOperations(store);
  session.launchesToProbe(store, "pty");
  operation.failedOperations(store, 0);
  prsBySession(store);
  prsOfSession(store, sessionId);
}

function notifications(store: Store): void {
  const wish = { sink: "command", kinds: ["stuck"] } as const;
  const options = { batch: "b1", owner: ownIdentity(), windowMs: 0, perMinute: 5 };
  const about = { projectId: "shop", sessionId: null, type: "stuck", title: "stuck", body: "" };
  notification.findOpenNotification(store, "runtime_unreachable", "shop");
  notification.newestNotification(store);
  store.write((tx) => {
    notification.openNotification(tx, about);
    delivery.beginDelivery(tx, wish, options);
    delivery.endDelivery(tx, { sink: "command", batch: "b1" }, { state: "sent", error: null });
    const [listed] = notification.listNotifications(tx, { withAll: true, limit: 1 });
    notification.notificationStarting(tx, listed?.id ?? "");
    notification.unreadNotifications(tx).map((id) => notification.setNotificationRead(tx, id));
  });
  delivery.failedDeliveries(store, 0);
}
