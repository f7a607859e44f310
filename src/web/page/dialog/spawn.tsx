import { useState } from "preact/hooks";

import { act } from "../live/http.ts";
import { useResource } from "../live/page.ts";
import { useAction } from "../live/use-action.ts";
import { go } from "../live/use-route.ts";
import type { Agent, Project, Session } from "../model/wire.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Empty, Failure } from "../parts/empty.tsx";
import { AgentField, MoreFields, ProjectField, type Values } from "./spawn-fields.tsx";

/** What was typed into a dialog that was closed again: nobody types a task twice. */
let draft: Values = {};

/** Starts a session. What is left empty comes from the project's settings. */
export function SpawnDialog({ onClose }: { onClose: () => void }) {
  const projects = useResource<{ projects: Project[] }>("/projects", ["projects"]).value?.projects;
  const agents = useResource<{ agents: Agent[] }>("/agents", []).value?.agents ?? [];
  const [values, setValues] = useState<Values>(draft);
  const set = (change: Values) => setValues((draft = { ...values, ...change }));
  const spawn = useAction((body: Values) => act<Session>("POST", "/sessions", body).then(opened));
  const projectId = values["projectId"] ?? projects?.[0]?.id;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!(await spawn.run({ ...filled(values), ...(projectId && { projectId }) }))) return;
    draft = {};
    onClose();
  };
  return (
    <Dialog title="New session" onClose={onClose}>
      {projects?.length === 0 ? (
        <Empty text="No project yet. Add a repository first." type="ao project add ~/src/shop" />
      ) : (
        <form class="spawn" onSubmit={(event) => void submit(event)}>
          <label>
            Task
            <textarea
              autofocus
              rows={5}
              value={values["prompt"] ?? ""}
              placeholder="make checkout idempotent"
              onInput={(event) => set({ prompt: event.currentTarget.value })}
              onKeyDown={(event) => {
                const isSubmit = event.key === "Enter" && (event.ctrlKey || event.metaKey);
                if (isSubmit) void submit(event);
              }}
            />
          </label>
          <div class="fields">
            <ProjectField projects={projects ?? []} value={projectId} onSet={set} />
            <AgentField agents={agents} values={values} onSet={set} />
          </div>
          <MoreFields values={values} onSet={set} />
          <Failure text={spawn.error} />
          <footer>
            <span class="hint">ctrl-Enter starts it</span>
            <button type="submit" class="primary" disabled={spawn.isRunning || !projectId}>
              {spawn.isRunning ? "Starting…" : "Start"}
            </button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}

function opened({ id }: Session): void {
  if (location.hash === "" || location.hash === "#/") return;
  go({ page: "session", id, tab: "terminal" });
}

/** An empty field leaves it to the settings; only one agent takes a command line. */
function filled(values: Values): Values {
  const { command: _command, ...rest } = values;
  const wanted = values["agent"] === "command" ? values : rest;
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== ""));
}
