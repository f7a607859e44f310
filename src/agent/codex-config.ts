/** One hook of a launch. */
export interface CodexHook {
  event: string;
  command: string;
  timeoutSeconds: number;
}

/**
 * The arguments that give one launch its hooks. Codex runs a hook only once a person has trusted
 * it, and knows it by a hash; the same arguments bring that hash along. The flag that switches the
 * question off would also run hooks that the repository brings and that nobody has looked at.
 */
export function hookArguments(hooks: readonly CodexHook[]): string[] {
  const declared = hooks.flatMap(({ event, command, timeoutSeconds }) => {
    const run = `{type="command",command=${toml(command)},timeout=${timeoutSeconds}}`;
    return ["-c", `hooks.${event}=[{hooks=[${run}]}]`];
  });
  const trusted = hooks.map(
    (hook) => `${toml(hookKey(hook))}={trusted_hash=${toml(trustedHash(hook))}}`,
  );
  return [...declared, "-c", `hooks.state={${trusted.join(",")}}`];
}

/** The argument by which one launch takes a folder for trusted, without a lasting entry. */
export function trustArguments(folder: string): string[] {
  return ["-c", `projects={${toml(folder)}={trust_level="trusted"}}`];
}

/** A text as TOML writes it; JSON's escapes are among those of a basic string. */
export function toml(text: string): string {
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}

/** Where Codex keeps what a person has decided about a hook from the command line. */
function hookKey({ event }: CodexHook): string {
  return `/<session-flags>/config.toml:${snakeCase(event)}:0:0`;
}

/** Codex's hash of a hook: of its JSON with sorted keys, defaults filled in. */
function trustedHash({ event, command, timeoutSeconds }: CodexHook): string {
  const handler = { async: false, command, timeout: timeoutSeconds, type: "command" };
  const identity = JSON.stringify({ event_name: snakeCase(event), hooks: [handler] });
  return `sha256:${new Bun.CryptoHasher("sha256").update(identity).digest("hex")}`;
}

function snakeCase(event: string): string {
  return event.replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
