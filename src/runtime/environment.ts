import { delimiter } from "node:path";

/** What an agent's environment is made of. */
export interface AgentEnvironmentParts {
  /** The environment of the shell in which the person (or the agent) called `ao`. */
  shell: Record<string, string | undefined>;
  /** The project's own variables; they win over the shell's. */
  projectEnv: Record<string, string>;
  session: {
    sessionId: string;
    projectId: string;
    dataDir: string;
    launchId: string;
    promptFile?: string;
  };
  /** The folder of this very `ao`, given only when the path would find another one or none. */
  aoDir?: string;
}

/**
 * Variables by which an agent, a multiplexer, or an editor tells its children that they run inside
 * it. Settings of a person with similar names (`CODEX_HOME`, `CLAUDE_CODE_USE_BEDROCK`, …) stay.
 */
const markers = new Set([
  "CLAUDECODE",
  "CLAUDE_CODE_SESSION_ID",
  "CLAUDE_CODE_PARENT_SESSION_ID",
  "CLAUDE_CODE_CHILD_SESSION",
  "CLAUDE_CODE_ENTRYPOINT",
  "CLAUDE_CODE_EXECPATH",
  "CLAUDE_CODE_SSE_PORT",
  "CLAUDE_CODE_TASK_LIST_ID",
  "CLAUDE_CODE_SIMPLE",
  "CLAUDE_AGENT_SDK_VERSION",
  "CLAUDE_ENV_FILE",
  "CLAUDE_PROJECT_DIR",
  "CLAUDE_PLUGIN_ROOT",
  "CODEX_SANDBOX",
  "CODEX_SANDBOX_NETWORK_DISABLED",
  "CODEX_THREAD_ID",
  "CODEX_INTERNAL_ORIGINATOR_OVERRIDE",
  "CODEX_CI",
  "CODEX_MANAGED_BY_NPM",
  "CODEX_MANAGED_BY_BUN",
  "OPENCODE",
  "OPENCODE_PID",
  "OPENCODE_CALLER",
  "GEMINI_CLI",
  "GEMINI_CLI_NO_RELAUNCH",
  "QWEN_CODE",
  "QWEN_CODE_NO_RELAUNCH",
  "COPILOT_CLI",
  "CURSOR_AGENT",
  "CURSOR_TRACE_ID",
  "GOOSE_TERMINAL",
  "AGENT",
  "AI_AGENT",
  "BUN_OPTIONS",
  "BUN_BE_BUN",
  // What a service manager tells the daemon is not about the agents that this one starts.
  "NOTIFY_SOCKET",
  "WATCHDOG_USEC",
  "WATCHDOG_PID",
  "INVOCATION_ID",
  "JOURNAL_STREAM",
  "SYSTEMD_EXEC_PID",
  // A git hook's view of its repository would send the agent's git to that one.
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_COMMON_DIR",
  "GIT_PREFIX",
  // The terminal of the caller is not the agent's.
  "STY",
  "WINDOW",
  "WINDOWID",
  "COLUMNS",
  "LINES",
  "COLORFGBG",
  "VTE_VERSION",
  "WT_SESSION",
  "TERMCAP",
  "TERM_PROGRAM",
  "TERM_PROGRAM_VERSION",
  "TERM_SESSION_ID",
  "LC_TERMINAL",
  "LC_TERMINAL_VERSION",
  "INSIDE_EMACS",
  "NVIM",
  // Both describe the caller's place, and shells set them anew.
  "PWD",
  "OLDPWD",
  "SHLVL",
  "_",
]);

const markerPrefixes = [
  "AO_",
  "TMUX",
  "ZELLIJ",
  "KITTY_",
  "WEZTERM_",
  "ITERM_",
  "ALACRITTY_",
  "GHOSTTY_",
  "KONSOLE_",
  "VSCODE_",
];

/** An agent's whole environment. Pure. */
export function agentEnvironment(parts: AgentEnvironmentParts): Record<string, string> {
  const { session, aoDir } = parts;
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(parts.shell)) {
    if (value !== undefined && !isMarker(name)) env[name] = value;
  }
  Object.assign(env, { TERM: "xterm-256color", COLORTERM: "truecolor" }, parts.projectEnv);
  env["AO_SESSION_ID"] = session.sessionId;
  env["AO_PROJECT_ID"] = session.projectId;
  env["AO_DATA_DIR"] = session.dataDir;
  env["AO_LAUNCH_ID"] = session.launchId;
  if (session.promptFile !== undefined) env["AO_PROMPT_FILE"] = session.promptFile;
  if (aoDir !== undefined) env["PATH"] = withFolderFirst(aoDir, env["PATH"]);
  return env;
}

function isMarker(name: string): boolean {
  return markers.has(name) || markerPrefixes.some((prefix) => name.startsWith(prefix));
}

function withFolderFirst(folder: string, path: string | undefined): string {
  const rest = (path ?? "").split(delimiter).filter((entry) => entry !== "" && entry !== folder);
  return [folder, ...rest].join(delimiter);
}

const ownNames = ["HOME", "USER", "LOGNAME", "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"];

/** By these a program finds the desktop of its person. */
const desktopNames = ["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"];

/**
 * The environment of a runtime's own processes, which outlive their starter and may be started
 * from within an agent: a few variables, no secret, and above all no launch id of that agent.
 */
export function ownEnvironment(
  env: Record<string, string | undefined> = process.env,
): Record<string, string> {
  const kept = [...ownNames, ...desktopNames].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}
