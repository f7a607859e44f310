import type { Agent, Project } from "../model/wire.ts";

/** The fields that were filled in, by the names of the API. */
export type Values = Record<string, string>;

interface Props {
  onSet: (change: Values) => void;
}

/** Which repository. */
export function ProjectField(props: Props & { projects: Project[]; value: string | undefined }) {
  const { projects, value, onSet } = props;
  return (
    <label>
      Project
      <select value={value} onChange={(event) => onSet({ projectId: event.currentTarget.value })}>
        {projects.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Which agent; those that are not installed are shown, and cannot be chosen. */
export function AgentField(props: Props & { agents: Agent[]; values: Values }) {
  const { agents, values, onSet } = props;
  const agent = values["agent"] ?? "";
  return (
    <>
      <label>
        Agent
        <select value={agent} onChange={(event) => onSet({ agent: event.currentTarget.value })}>
          <option value="">As the project has it</option>
          {agents.map(({ name, title, isInstalled }) => (
            <option key={name} value={name} disabled={!isInstalled && name !== "command"}>
              {isInstalled || name === "command" ? title : `${title} (not installed)`}
            </option>
          ))}
        </select>
      </label>
      {agent === "command" ? (
        <Text name="command" label="Command line" values={values} onSet={onSet} />
      ) : null}
    </>
  );
}

/** What is seldom needed. */
export function MoreFields({ values, onSet }: Props & { values: Values }) {
  return (
    <details>
      <summary>More</summary>
      <div class="fields">
        <Text name="title" label="Title" values={values} onSet={onSet} />
        <Text name="issue" label="Issue" values={values} onSet={onSet} />
        <Text name="model" label="Model" values={values} onSet={onSet} />
        <label>
          Mode
          <select
            value={values["mode"] ?? ""}
            onChange={(event) => onSet({ mode: event.currentTarget.value })}
          >
            <option value="">As the project has it</option>
            {["default", "accept-edits", "auto", "bypass"].map((mode) => (
              <option key={mode}>{mode}</option>
            ))}
          </select>
        </label>
        <Text name="base" label="Base" values={values} onSet={onSet} />
        <Text name="branch" label="Branch" values={values} onSet={onSet} />
      </div>
    </details>
  );
}

function Text({ name, label, values, onSet }: Props & TextProps) {
  return (
    <label>
      {label}
      <input
        name={name}
        value={values[name] ?? ""}
        onInput={(event) => onSet({ [name]: event.currentTarget.value })}
      />
    </label>
  );
}

interface TextProps {
  name: string;
  label: string;
  values: Values;
}
