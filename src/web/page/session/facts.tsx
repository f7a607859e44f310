import type { Session } from "../model/wire.ts";
import { Age } from "../parts/age.tsx";

/** What does not change much. */
export function Facts({ session }: { session: Session }) {
  const { agent, model, mode, runtime, branch, baseRef, worktreePath, issue } = session;
  const { agentSessionId, escrowRef, createdAt, exitCode, exitSignal, projectId } = session;
  const ended = exitSignal ?? (exitCode === null ? null : `code ${exitCode}`);
  return (
    <section class="panel">
      <h2>Details</h2>
      <dl class="facts">
        <Fact name="Project" value={projectId} />
        <Fact name="Agent" value={model === null ? agent : `${agent}, ${model}`} />
        <Fact name="Mode" value={mode} />
        <Fact name="Terminal" value={runtime} />
        <Fact name="Branch" value={branch} />
        <Fact name="Base" value={baseRef} />
        <Fact name="Worktree" value={worktreePath} />
        <Fact name="Issue" value={issue} />
        <Fact name="Conversation" value={agentSessionId} />
        <Fact name="Ended with" value={ended} />
        <Fact name="Escrow" value={escrowRef} />
        <div>
          <dt>Started</dt>
          <dd>
            <Age at={createdAt} /> ago
          </dd>
        </div>
      </dl>
      <p class="hint">
        In a terminal: <code>ao attach {session.id}</code>
      </p>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string | null }) {
  if (value === null || value === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd class="wrap">{value}</dd>
    </div>
  );
}
