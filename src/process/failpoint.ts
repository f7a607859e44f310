/**
 * Ends this process hard (SIGKILL, no handlers, no clean-up) when `AO_FAILPOINT` names this place,
 * so that tests can crash `ao` at every step of its journal. Honoured only when `AO_TEST=1`.
 */
export function failpoint(name: string): void {
  if (process.env["AO_TEST"] !== "1" || process.env["AO_FAILPOINT"] !== name) return;
  process.kill(process.pid, "SIGKILL");
}
