import { useState } from "preact/hooks";

import { asksForApproval, killSession, restoreSession } from "../live/actions.ts";
import { useAction } from "../live/use-action.ts";
import type { Session } from "../model/wire.ts";
import { Age } from "../parts/age.tsx";
import { StatusChip } from "../parts/chip.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Failure } from "../parts/empty.tsx";

interface Props {
  session: Session;
  onAnswer: (isDenied: boolean) => void;
}

/** Title and status of a session, and what can be done with it. */
export function SessionHead({ session, onAnswer }: Props) {
  const { id, title, status, activityAt, activityDetail, isTerminated, updatedAt } = session;
  return (
    <header class="session-head">
      <div class="session-title">
        <h1>{title}</h1>
        <p class="session-line">
          <span class="id">{id}</span>
          <StatusChip status={status} />
          <Age at={isTerminated ? updatedAt : activityAt} />
          <span>{session.agent}</span>
        </p>
        {activityDetail && !isTerminated ? (
          <p class="session-asks">
            <b>{activityDetail.kind}</b> {activityDetail.text}
          </p>
        ) : null}
      </div>
      <div class="session-actions">
        {asksForApproval(session) ? (
          <>
            <button type="button" class="primary" onClick={() => onAnswer(false)}>
              Approve once <kbd>a</kbd>
            </button>
            <button type="button" onClick={() => onAnswer(true)}>
              Deny <kbd>d</kbd>
            </button>
          </>
        ) : null}
        <Restore session={session} />
        {isTerminated ? null : <Kill session={session} />}
      </div>
    </header>
  );
}

const afterKill = "Its agent is ended. Worktree, branch and work stay; it can be restored.";

function Kill({ session: { id, title } }: { session: Session }) {
  const [isAsked, setAsked] = useState(false);
  const kill = useAction(() => killSession(id));
  return (
    <>
      <button type="button" onClick={() => setAsked(true)}>
        Kill
      </button>
      {isAsked ? (
        <Confirm
          title={`Kill ${id}?`}
          text={`${title}\n\n${afterKill}`}
          verb="Kill"
          isDangerous
          error={kill.error}
          isRunning={kill.isRunning}
          onConfirm={kill.run}
          onClose={() => setAsked(false)}
        />
      ) : null}
    </>
  );
}

/** A restore tells whether the conversation goes on; it is told until the next one. */
function Restore({ session: { id, isTerminated, activity } }: { session: Session }) {
  const [note, setNote] = useState<string>();
  const restore = useAction(async () => {
    const isNative = (await restoreSession(id)) === "native";
    setNote(isNative ? "its conversation goes on" : "its conversation starts anew");
  });
  if (!isTerminated && activity !== "exited") {
    return note === undefined ? null : (
      <span class="note" role="status">
        Restored: {note}
      </span>
    );
  }
  return (
    <>
      <button
        type="button"
        class="primary"
        disabled={restore.isRunning}
        onClick={() => void restore.run()}
      >
        {restore.isRunning ? "Restoring…" : "Restore"}
      </button>
      <Failure text={restore.error} />
    </>
  );
}
