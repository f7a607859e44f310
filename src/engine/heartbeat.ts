import type { Notifier } from "../process/notify.ts";

/** Without a watchdog: how often what could not be told is tried again. */
const retryMs = 5_000;

/**
 * Tells the service manager that the daemon is ready, that it makes progress, and that it stops.
 * Does nothing without one.
 */
export class Heartbeat {
  #timer: ReturnType<typeof setInterval> | undefined;
  #isReady = false;
  #hung: string | undefined;

  /** `hung` names what makes no progress; while it does, nothing is told, and the manager acts. */
  constructor(
    private readonly notifier: Notifier | undefined,
    private readonly hung: () => string | undefined,
    private readonly onHung: (what: string) => void,
  ) {}

  start(): void {
    if (!this.notifier || this.#timer) return;
    this.#timer = setInterval(() => this.#beat(), (this.notifier.watchdogMs ?? 3 * retryMs) / 3);
    this.#beat();
  }

  stop(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.notifier?.notify("STOPPING=1");
  }

  #beat(): void {
    const hung = this.hung();
    if (hung !== undefined) {
      if (hung !== this.#hung) this.onHung(hung);
      this.#hung = hung;
      return;
    }
    this.#hung = undefined;
    if (!this.#isReady) this.#isReady = this.notifier?.notify("READY=1", "WATCHDOG=1") ?? false;
    else if (this.notifier?.watchdogMs) this.notifier.notify("WATCHDOG=1");
  }
}
