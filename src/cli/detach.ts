const prefix = 0x1c;
const detach = "d".charCodeAt(0);

/**
 * Finds ctrl-\ d in what a person types, also when the two keys come apart. ctrl-\ twice
 * forwards one; ctrl-\ before any other key forwards both.
 */
export class DetachKey {
  #isPending = false;

  /** What goes on to the agent, and whether the person wants to leave. */
  read(bytes: Uint8Array): { forward: Uint8Array; isDetach: boolean } {
    const forward: number[] = [];
    for (const byte of bytes) {
      if (!this.#isPending) {
        if (byte === prefix) this.#isPending = true;
        else forward.push(byte);
        continue;
      }
      this.#isPending = false;
      if (byte === detach) return { forward: Uint8Array.from(forward), isDetach: true };
      forward.push(prefix);
      if (byte !== prefix) forward.push(byte);
    }
    return { forward: Uint8Array.from(forward), isDetach: false };
  }
}
