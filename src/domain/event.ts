/** One line of the log, in the shape that every surface shows. */
export interface AoEvent {
  /** Rises strictly, in the order of commits. */
  seq: number;
  /** RFC 3339 with milliseconds. */
  at: string;
  projectId: string;
  sessionId?: string;
  type: string;
  payload: unknown;
}

/** Told instead of silence when a cursor points outside what the log holds. */
export interface LogReset {
  type: "log_reset";
  payload: {
    reason: "retained" | "ahead" | "epoch";
    /** The lowest cursor that loses nothing. */
    floor: number;
    head: number;
    epoch: string;
  };
}

/** A place in the log of one database. */
export interface Cursor {
  /** Absent: of whatever database is there now. */
  epoch?: string | undefined;
  /** The last event that was seen; 0 is before all. */
  seq: number;
}

const session =
  "id projectId title agent model mode runtime issue branch baseRef worktreePath activity " +
  "activityDetail hasSignal isLaunched isDetecting isStuck isKillRequested isTerminated " +
  "terminationReason exitCode exitSignal agentSessionId isPurged";
const project = "id path origin defaultBranch config isTrusted isArchived";
const pr =
  "key url number projectId sessionId title author state ci review mergeability mergeReasons " +
  "headRef headSha baseRef unresolvedThreads";
const check = "prKey name headSha status conclusion url failingStep";
const thread = "prKey id path line isResolved";
const notification = "id type sessionId prKey title body isRead isResolved";

/** Every event type with the fields of its payload, in order. */
export const eventTypes: Record<string, { when: string; fields: string }> = {
  project_added: { when: "a project was added", fields: project },
  project_updated: { when: "a project's facts or settings changed", fields: project },
  project_archived: { when: "a project was removed from the lists", fields: project },
  session_created: { when: "a spawn began", fields: session },
  session_updated: { when: "a session's public facts changed", fields: session },
  session_deleted: { when: "a session's row went away", fields: "id projectId title" },
  pr_created: { when: "a pull request was first seen", fields: pr },
  pr_updated: { when: "a pull request's facts changed", fields: pr },
  pr_session_changed: { when: "another session owns it", fields: `${pr} fromSession toSession` },
  pr_check_recorded: { when: "a check was first seen, or flipped", fields: check },
  pr_review_submitted: {
    when: "a review was first seen",
    fields: "prKey id author association isBot state url",
  },
  pr_review_thread_added: { when: "a review thread was first seen", fields: thread },
  pr_review_thread_resolved: { when: "a review thread was resolved", fields: thread },
  pr_review_thread_reopened: { when: "a review thread was reopened", fields: thread },
  pr_comment_added: {
    when: "a comment was first seen",
    fields: "prKey id threadId author association isBot url",
  },
  message_updated: {
    when: "a message was queued or changed its state",
    fields: "id sessionId source sender state attempts bytes error",
  },
  notification_created: { when: "a person should know something", fields: notification },
  notification_resolved: { when: "what it told of is over", fields: notification },
  notification_read: { when: "it was marked as read", fields: notification },
  feedback_escalated: {
    when: "feedback was given up and handed to the person",
    fields: "sessionId prKey reaction attempts",
  },
};
