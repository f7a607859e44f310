import { AoError } from "../../error.ts";
import { pasteBytes } from "../paste.ts";
import type { DeliveryOutcome } from "../port.ts";
import { DraftTracker } from "./draft.ts";
import type { ProgramTerminal } from "./terminal.ts";

const drainMs = 10_000;
const maxRemembered = 10_000;
/** A person's keys are dropped beyond this, while the agent reads nothing. */
const maxWaitingBytes = 1024 * 1024;

/** Types into an agent's terminal: texts once per id, and whatever an attached person types. */
export class Typist {
  private readonly typed = new Set<string>();
  private readonly draft = new DraftTracker();

  constructor(private readonly terminal: ProgramTerminal) {}

  get hasDraft(): boolean {
    return this.draft.hasDraft;
  }

  /** Throws `timeout` when the agent does not read; the id counts as typed all the same. */
  async paste(id: string, text: string, isBracketed: boolean): Promise<DeliveryOutcome> {
    return await this.once(`paste:${id}`, pasteBytes(text, isBracketed));
  }

  /** Presses keys, once per id. */
  async submit(id: string, keys: string): Promise<DeliveryOutcome> {
    const outcome = await this.once(`submit:${id}`, Buffer.from(keys, "latin1"));
    if (outcome === "typed") this.draft.clear();
    return outcome;
  }

  /** Keys of an attached person. */
  input(bytes: Uint8Array): void {
    if (this.terminal.waitingBytes > maxWaitingBytes) return;
    this.draft.push(bytes);
    this.terminal.write(bytes);
  }

  /** An answer to a question that the agent asked its terminal. */
  answer(text: string): void {
    this.terminal.write(Buffer.from(text));
  }

  private async once(id: string, bytes: Uint8Array): Promise<DeliveryOutcome> {
    // What was typed before and may still wait comes before all that follows: nobody need wait.
    if (this.typed.has(id)) return "repeated";
    this.remember(id);
    this.terminal.write(bytes);
    if (!(await this.terminal.drained(drainMs))) {
      throw new AoError("timeout", "the agent does not read from its terminal");
    }
    return "typed";
  }

  private remember(id: string): void {
    const oldest = this.typed.size >= maxRemembered ? this.typed.values().next().value : undefined;
    if (oldest !== undefined) this.typed.delete(oldest);
    this.typed.add(id);
  }
}
