import { useState } from "preact/hooks";

import { act, pathOf } from "../live/http.ts";
import { useAction } from "../live/use-action.ts";
import { fieldOf, type Setting, settings, valueOf } from "../model/settings.ts";
import type { Project } from "../model/wire.ts";
import { Failure } from "../parts/empty.tsx";
import { SettingField } from "./setting-field.tsx";

/** The settings of one project on this machine; an empty field leaves it to the other sources. */
export function ProjectSettings({ project }: { project: Project }) {
  const { valueIn, change, save, isChanged, isSaved } = useSettings(project);
  return (
    <form
      class="panel settings"
      aria-label={`Settings of ${project.id}`}
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <h2>Settings of {project.id}</h2>
      <p class="hint">
        Made on this machine; they win over the files. All that holds:{" "}
        <code>ao config show --project {project.id} --origin</code>
      </p>
      {settings.map((setting) => (
        <SettingField
          key={setting.key}
          setting={setting}
          value={valueIn(setting)}
          onChange={(text) => change(setting, text)}
        />
      ))}
      <Trust project={project} />
      <Failure text={save.error} />
      <footer>
        <span class="hint" role="status">
          {isSaved ? "Saved." : ""}
        </span>
        <button type="submit" class="primary" disabled={save.isRunning || !isChanged}>
          Save
        </button>
      </footer>
    </form>
  );
}

/** What was changed and is not saved yet, over what the project has. */
function useSettings({ id, config }: Project) {
  const [changes, setChanges] = useState<Record<string, string>>({});
  const [isSaved, setSaved] = useState(false);
  const save = useAction(async () => {
    const changed = settings.filter(({ key }) => changes[key] !== undefined);
    const values = changed.map((setting) => [
      setting.key,
      valueOf(setting, changes[setting.key] ?? ""),
    ]);
    await act("PATCH", pathOf`/projects/${id}`, { config: Object.fromEntries(values) });
    setChanges({});
    setSaved(true);
  });
  return {
    save,
    isSaved,
    isChanged: Object.keys(changes).length > 0,
    valueIn: (setting: Setting) => changes[setting.key] ?? fieldOf(setting, config),
    change: (setting: Setting, text: string) => {
      setSaved(false);
      setChanges({ ...changes, [setting.key]: text });
    },
  };
}

/** Commands of the repository are shown and trusted where they can be read: in the terminal. */
function Trust({ project: { id, isTrusted } }: { project: Project }) {
  return (
    <p class="hint">
      {isTrusted ? (
        "The repository's own commands are trusted."
      ) : (
        <>
          Commands in the repository's own file have no effect until they are trusted:{" "}
          <code>ao project trust {id}</code>
        </>
      )}
    </p>
  );
}
