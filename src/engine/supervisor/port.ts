/** What a unit is made from. */
export interface DaemonFacts {
  /** The program by its absolute path, and its words. */
  command: string[];
  /** PATH for the daemon, and for agents that it starts. */
  path: string;
  home: string;
  /** Where its output goes when the supervisor keeps none itself. */
  logFile: string;
}

/** What a supervisor knows of the daemon. */
export interface SupervisorState {
  /** In the supervisor's own word, such as `active` or `failed`. */
  state: string;
  pid: number | undefined;
}

/** A program of the system that starts the daemon and keeps it running. */
export interface Supervisor {
  readonly name: "systemd" | "launchd";
  /** What it calls the daemon. */
  readonly unitName: string;
  readonly unitPath: string;
  /** Throws `usage` for a path that it cannot express. */
  unitText(facts: DaemonFacts): string;
  /** The program that a unit starts; undefined when it names none. */
  programIn(unitText: string): string | undefined;
  /** Throws `unavailable` when it cannot be talked to. */
  assertReachable(): Promise<void>;
  /** Undefined when it does not know the daemon, or cannot be asked. */
  state(): Promise<SupervisorState | undefined>;
  /** Reads the unit as it is now, starts it, now and at each login. Throws `failed`. */
  activate(how: "start" | "restart"): Promise<void>;
  /** Ends the daemon and does not start it again. Throws `failed`. */
  deactivate(): Promise<void>;
  /** Takes note that the unit's file is gone. */
  forget(): Promise<void>;
  /** What the person should know of it, with what to type. */
  advice(): Promise<string | undefined>;
  /** A program that prints the last lines of the log, and goes on with `follow`. */
  logCommand(options: { lines: number; follow: boolean }): string[];
}
