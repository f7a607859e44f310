import { defaultOf, type Setting } from "../model/settings.ts";

interface Props {
  setting: Setting;
  value: string;
  onChange: (text: string) => void;
}

/** One setting with the field that fits it. */
export function SettingField({ setting, value, onChange }: Props) {
  const help = `setting-${setting.key}`;
  return (
    <div class="setting">
      <label>
        <span>{setting.title}</span>
        <Field setting={setting} value={value} onChange={onChange} />
      </label>
      <p id={help} class="hint">
        {setting.help}
      </p>
    </div>
  );
}

function Field({ setting, value, onChange }: Props) {
  const shared = { value, "aria-describedby": `setting-${setting.key}` };
  if (setting.kind === "list") {
    return (
      <textarea
        {...shared}
        rows={Math.max(2, value.split("\n").length)}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  if (setting.kind === "text" || setting.kind === "number") {
    return (
      <input
        {...shared}
        inputMode={setting.kind === "number" ? "numeric" : "text"}
        placeholder={defaultOf(setting)}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  const choices = setting.kind === "flag" ? ["true", "false"] : (setting.choices ?? []);
  return (
    <select {...shared} onChange={(event) => onChange(event.currentTarget.value)}>
      <option value="">not set here (default: {defaultOf(setting)})</option>
      {choices.map((choice) => (
        <option key={choice}>{choice}</option>
      ))}
    </select>
  );
}
