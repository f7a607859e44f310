import type { HookEvent } from "../domain/hook.ts";
import type { ActivityDetail, PermissionMode } from "../domain/session.ts";

/** What an adapter makes a launch from. It does no I/O: strings in, argv, env and files out. */
export interface LaunchRequest {
  sessionId: string;
  worktree: string;
  /** Private folder of the session; files that an adapter wants go there. */
  sessionDir: string;
  /** The task, or empty when the agent shall wait. */
  prompt: string;
  /** The file (mode 0600) that holds the task. */
  promptFile: string;
  systemPrompt: string;
  model: string | null;
  mode: PermissionMode;
  /** Conversation id: chosen up front, or learned from the last launch; null when unknown. */
  agentSessionId: string | null;
  /** The command line of the agent `command`. */
  command: string | null;
  /**
   * The shell command that an agent's hook runs to report one of its events: it reads the payload
   * on standard input, always succeeds and prints nothing.
   */
  hookCommand(event: string): string;
}

/** How to start an agent. */
export interface AgentLaunch {
  /** Program name, or path, and its arguments. */
  argv: string[];
  /** `argv` are arguments of `ao` itself, which then runs the program. */
  isOwn?: boolean;
  env?: Record<string, string>;
  /** Written (mode 0600) before the launch. */
  files?: { path: string; content: string }[];
  worktreeFiles?: WorktreeFiles;
}

/**
 * Files for a program that reads settings of one launch only in a folder of its worktree. Git
 * ignores them there; where the repository has such a file of its own, nothing is written.
 */
export interface WorktreeFiles {
  /** Name of the folder in the worktree. */
  folder: string;
  /** Contents by name. */
  files: Record<string, string>;
}

/** A dialog that an agent can put on its screen. */
export interface KnownDialog {
  kind: ActivityDetail["kind"];
  /** Matched against the lines of the screen, joined by newlines. */
  pattern: RegExp;
  /** How it can be answered safely; absent when only a person should. */
  answer?: {
    /** Matches only while the choice that allows once is the highlighted one. */
    allowIsSelected: RegExp;
    /** Bytes of the keys that take the highlighted choice, and that refuse. */
    allowKeys: string;
    denyKeys: string;
  };
}

/** What the screen of an agent without signals shows; matched as the dialogs are. */
export interface ScreenPatterns {
  working: RegExp[];
  /** Its composer is there, empty. Where there are some, one must match before text is typed. */
  ready: RegExp[];
}

/** Any one of these is a login; that none is there proves nothing unless the program says so. */
export interface Authentication {
  /** Variables that hold a key. */
  variables: string[];
  /** Files that a login leaves behind. */
  files: OwnPath[];
  /** Arguments with which the program exits with 0 when there is a login, else with another. */
  command?: string[];
}

/** What an agent's own file says that it is doing: a stronger source than its last hook. */
export interface AgentState {
  agentSessionId: string;
  activity: "idle" | "active" | "blocked" | "waiting_input";
  detail?: ActivityDetail;
  /** Since when, in Unix milliseconds. */
  at: number;
}

/** Something in a program's own folder, which a variable of its environment can move. */
export interface OwnPath {
  variable: string;
  /** The folder without that variable; `~` is the home folder. */
  otherwise: string;
  /** Path inside of the folder. */
  name: string;
}

/** A JSON file in which a program keeps the folders that a person has trusted. */
export interface TrustList {
  file: OwnPath;
  /** The key whose value is their list; null where each folder is a key of the file itself. */
  key: string | null;
}

/** What an agent has written down about one of its conversations, a JSON object a line. */
export interface StateJournal {
  file(agentSessionId: string): OwnPath;
  /** Reads one line; undefined when it tells nothing. The last one that tells counts. */
  readLine(event: Record<string, unknown>): Omit<AgentState, "agentSessionId"> | undefined;
}

/** Where an agent keeps a JSON file about each of its running processes, and how it reads. */
export interface StateFile {
  folder: OwnPath;
  /** Reads one file; undefined when it tells nothing. */
  read(content: Record<string, unknown>): AgentState | undefined;
}

/** How an agent tells that a text has arrived. */
export type ReceiptKind = "hook" | "http" | "none";

/** Everything that `ao` knows of one kind of agent program. */
export interface AgentAdapter {
  name: string;
  title: string;
  /** False for a recipe that nobody has run against the real program yet. */
  isTried: boolean;
  /** Names of the program, first choice first; empty when the person names it. */
  programs: string[];
  /** Folders besides PATH where its installer puts it; `~` is the home folder. */
  searchPaths: string[];
  installHint: string;
  minimumVersion?: string;
  /** How to find out, without a turn, whether the person is logged in; absent: unknown. */
  authentication?: Authentication;
  /** The agent reports what it does through hooks that `ao` installs per launch. */
  hasSignals: boolean;
  /** Its first signal comes when it can take a text, not with the first text. */
  announcesStart?: boolean;
  receipts: ReceiptKind;
  /** It takes text while it works. */
  acceptsSteering: boolean;
  /**
   * `chosen`: `ao` picks the conversation id; `learned`: a signal tells it; `folder`: its program
   * finds the last one of the worktree without an id.
   */
  conversation: "chosen" | "learned" | "folder" | "none";
  /** A task is typed into its terminal as a message is, since its program takes none. */
  typesTask?: boolean;
  /** Permission modes that the program cannot do. */
  missingModes: PermissionMode[];
  dialogs: KnownDialog[];
  screen?: ScreenPatterns;
  /**
   * What its screen shows, and draws again and again, as long as a turn is under way; only where
   * nothing but the screen tells that a person has broken one off.
   */
  turnMark?: RegExp;
  /** Reads one of its hook events; undefined for one that says nothing. Absent without hooks. */
  readHook?(event: string, payload: Record<string, unknown>): HookEvent | undefined;
  /** Absent when the program keeps no such file. */
  state?: StateFile | StateJournal;
  /**
   * Absent when a launch leaves no trace of its trust. An entry for the worktree goes away with
   * the worktree; to a list it is added before the launch, else the program makes it itself.
   */
  trustList?: TrustList;
  launch(request: LaunchRequest): AgentLaunch;
  /**
   * Continues the native conversation; absent when the program cannot. The id is empty where the
   * program needs none.
   */
  resume?(request: LaunchRequest & { agentSessionId: string }): AgentLaunch;
}
