/**
 * Ends this process hard (SIGKILL, no handlers, no clean-up) when `AO_FAILPOINT` names this place,
 * so that tests can crash `ao` at every step of its journal. Honoured only when `AO_TEST=1`.
 */
export function failpoint(name: string): void {
  if (process.env["AO_TEST"] !== "1" || process.env["AO_FAILPOINT"] !== name) return;
  process.kill(process.pid, "SIGKILL");
  // A signal to oneself may arrive a moment later, and nothing may happen in that moment.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
}
