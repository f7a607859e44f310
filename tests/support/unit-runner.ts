import { join } from "node:path";

import { processesOf } from "./leftovers.ts";
import { NotifySocket } from "./notify-socket.ts";
import { commandOf, environmentOf, settingsOf } from "./unit-file.ts";
import { waitFor } from "./wait.ts";

const patience = { withinMs: 20_000 };

/**
 * Runs a unit as a service manager does: its command with its environment, told of by a socket,
 * started anew when it fails, and ended as `KillMode` says. All processes of the home count as its
 * control group. The watchdog is faster than the unit says.
 */
export class UnitRunner implements AsyncDisposable {
  readonly #unit: string;
  readonly #settings: Map<string, string>;
  readonly #home: string;
  #child: Bun.Subprocess | undefined;
  #socket: NotifySocket | undefined;
  #starts = 0;
  #isStopping = false;

  constructor(unit: string, home: string) {
    this.#unit = unit;
    this.#home = home;
    this.#settings = settingsOf(unit);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get starts(): number {
    return this.#starts;
  }

  /** How often the daemon that runs has told this. */
  told(line: string): number {
    return this.#socket?.count(line) ?? 0;
  }

  /** Starts it and waits until it says that it is ready. */
  async start(): Promise<void> {
    this.#isStopping = false;
    this.#run();
    await this.ready();
  }

  async ready(): Promise<void> {
    await waitFor(() => this.told("READY=1") > 0, { ...patience, what: "READY=1" });
  }

  /** Ends it; returns its exit code, after what is left of its control group has ended too. */
  async stop(): Promise<number> {
    this.#isStopping = true;
    const mode = this.#settings.get("KillMode") ?? "control-group";
    this.#child?.kill("SIGTERM");
    if (mode !== "process") for (const pid of processesOf(this.#home)) kill(pid);
    return (await this.#child?.exited) ?? -1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#socket?.[Symbol.dispose]();
  }

  #run(): void {
    this.#socket?.[Symbol.dispose]();
    this.#starts += 1;
    const path = join(this.#home, `notify-${this.#starts}`);
    // Managers use the one kind or the other.
    this.#socket = new NotifySocket(this.#starts % 2 === 1 ? path : `@${path}`);
    const child = Bun.spawn(commandOf(this.#unit), {
      cwd: this.#home,
      env: {
        HOME: this.#home,
        ...environmentOf(this.#unit),
        NOTIFY_SOCKET: this.#socket.address,
        WATCHDOG_USEC: "90000",
      },
      stdio: ["ignore", "ignore", "ignore"],
      onExit: (ended) => this.#onExit(ended),
    });
    this.#child = child;
  }

  #onExit({ exitCode }: Bun.Subprocess): void {
    const isFailure = exitCode !== 0;
    if (this.#isStopping || !isFailure) return;
    if (this.#settings.get("Restart") === "on-failure") this.#run();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It has ended meanwhile.
    return;
  }
}
