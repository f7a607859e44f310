import type { ProcessIdentity } from "../process/identity.ts";

export const runtimeNames = ["pty", "tmux"] as const;
export type RuntimeName = (typeof runtimeNames)[number];

/**
 * Everything that starting an agent needs. It is kept as `launch.json` (mode 0600) in the
 * session's directory, so that a restore starts with the same; secrets travel in it, never in argv.
 */
export interface LaunchSpec {
  version: 1;
  sessionId: string;
  projectId: string;
  launchId: string;
  runtime: RuntimeName;
  /** Program and arguments; the first word is an absolute path. */
  argv: string[];
  cwd: string;
  /** The agent's whole environment, `AO_*` included. */
  env: Record<string, string>;
  columns: number;
  rows: number;
  dataDir: string;
  /** `<data dir>/sessions/<id>`: terminal log, last screen, `exit.json`. */
  sessionDir: string;
  /** Unix socket of the holder or of the tmux server (≤ 100 bytes). */
  socketPath: string;
  /** How this very `ao` is run, for the holder, the renderer and the tmux hook. */
  self: string[];
  /** Whether the agent was given a task at this start; absent where nobody noted it. */
  hasTask?: boolean;
}

/** Where a running agent is found again, by any process. Stored as JSON in the session's row. */
export type RuntimeHandle =
  | { kind: "pty"; socketPath: string; holder: ProcessIdentity; agent: ProcessIdentity }
  | {
      kind: "tmux";
      socketPath: string;
      /** Pane id such as `%3`: the only kind of target that is never a prefix match. */
      pane: string;
      server: ProcessIdentity;
      /** Leads the pane's terminal session, runs the agent, and tells of its end. */
      shell: ProcessIdentity;
      agent: ProcessIdentity;
    };

/** `failed`: the probe broke; `unknown`: not attempted. Neither is a death. */
export type Probe = "alive" | "dead" | "failed" | "unknown";

/** How an agent ended, as written to `exit.json`. Exactly one of code and signal is set. */
export interface ExitRecord {
  launchId: string;
  exitCode: number | null;
  signal: string | null;
  /** Unix milliseconds. */
  at: number;
  /**
   * Whether the holder was told to end too, which no `ao` ever does: the machine went down, or a
   * logout ended everything. Absent where that is not known.
   */
  isCutOff?: boolean;
}

/** What one look at one launch found. */
export interface RuntimeProbe {
  runtime: Probe;
  agent: Probe;
  /** The end of the agent, when its record was found. */
  exit?: ExitRecord;
  /** What was seen, in words, for `ao why`. */
  detail: string;
}

/** One launch to look at. */
export interface ProbeTarget {
  sessionId: string;
  launchId: string;
  sessionDir: string;
  handle: RuntimeHandle;
}

/** A rendered terminal. */
export interface Screen {
  /** False when bytes were lost, so the text may not be what a person would see. */
  isComplete: boolean;
  /** Plain text lines of the screen, trailing blank lines removed. */
  lines: string[];
  /** Plain text lines that have left the screen at its top, oldest first; at most 2000. */
  scrollback: string[];
  /** Escape sequences that redraw this screen, modes included. */
  redraw: string;
  columns: number;
  rows: number;
  cursor: { column: number; row: number };
  /** The program asked for bracketed paste (mode 2004); null where the runtime cannot tell. */
  hasBracketedPaste: boolean | null;
  /** The program draws on the alternate screen. */
  isAlternate: boolean;
  /** Milliseconds since the last output. */
  quietMs: number;
  /** A person has typed something since the last Enter (known for the pty runtime only). */
  hasTypedDraft: boolean;
}

/** A text for the agent's composer. */
export interface Delivery {
  /** A text is typed once per id, whoever asks and however often. */
  id: string;
  /** Control characters except newline and tab already stripped. */
  text: string;
}

/** `repeated`: this id had been typed before, so nothing was typed now. */
export type DeliveryOutcome = "typed" | "repeated";

export interface AttachOptions {
  /** The person's terminal: the agent's gets the same size. */
  columns: number;
  rows: number;
  /** Lines above the screen that the first redraw holds; none when absent (pty runtime only). */
  scrollback?: number;
}

/** A person's terminal joined to the agent's. */
export interface Attachment {
  /** Raw bytes of the agent's terminal, a full redraw first. */
  onOutput(listener: (bytes: Uint8Array) => void): void;
  /** Resolves when the agent's terminal is gone or `close` was called. */
  readonly closed: Promise<"ended" | "detached">;
  write(bytes: Uint8Array): void;
  resize(columns: number, rows: number): void;
  close(): void;
}

export interface StopResult {
  /** Processes that were still there after the last signal. */
  survivors: ProcessIdentity[];
}

/** As much of a launch as is known before its worktree is there. */
export interface Preparation {
  sessionDir: string;
  launchId: string;
  self: string[];
}

/** What every kind of terminal can do. Every call has its own deadline. */
export interface Runtime {
  readonly name: RuntimeName;
  /** Begins what a `create` of this launch would only wait for; nothing of it is the agent's. */
  prepare?(preparation: Preparation): void;
  /** Ends what `prepare` began where no `create` follows. */
  abandon?(preparation: Pick<Preparation, "sessionDir">): void;
  /** Starts the agent. Throws `unavailable` when the runtime cannot be had here. */
  create(spec: LaunchSpec): Promise<RuntimeHandle>;
  /** Looks at many launches at once; the pty runtime starts no process for it. */
  probeAll(targets: ProbeTarget[]): Promise<Map<string, RuntimeProbe>>;
  /** Types a text into the terminal, without submitting it. */
  paste(handle: RuntimeHandle, delivery: Delivery): Promise<DeliveryOutcome>;
  /** Presses a key on its own, once per id: Enter unless other bytes are given. */
  submit(handle: RuntimeHandle, id: string, keys?: string): Promise<DeliveryOutcome>;
  screen(handle: RuntimeHandle): Promise<Screen>;
  attach(handle: RuntimeHandle, options: AttachOptions): Promise<Attachment>;
  /** Ends the agent with all processes of its terminal, all descendants, and the runtime itself. */
  stop(target: ProbeTarget, graceMs: number): Promise<StopResult>;
  /** Launch ids that this runtime still runs in a data dir, whether a row knows them or not. */
  running(dataDir: string): Promise<Map<string, RuntimeHandle>>;
}
