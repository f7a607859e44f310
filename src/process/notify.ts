import { systemLibrary } from "./system-library.ts";

/** The service manager that started this process and waits to hear from it. */
export interface Notifier {
  /** How often it wants to hear that all is well, in milliseconds; undefined: not at all. */
  readonly watchdogMs: number | undefined;
  /**
   * Sends lines such as `READY=1`, without waiting. False when they could not be taken just now:
   * a manager that does not read must not hold this process up.
   */
  notify(...lines: string[]): boolean;
}

/**
 * Takes the variables of sd_notify(3) and sd_watchdog_enabled(3) out of an environment, so that
 * no child believes it is the one supervised. Undefined where nobody asked to be told.
 */
export function takeNotifier(env: Record<string, string | undefined>): Notifier | undefined {
  const { NOTIFY_SOCKET: path, WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = env;
  for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete env[name];
  if (!path || process.platform !== "linux") return undefined;
  const address = socketAddress(path);
  if (!address) return undefined;
  const isMine = !pid || Number(pid) === process.pid;
  const watchdogMs = isMine && Number(usec) > 0 ? Number(usec) / 1_000 : undefined;
  return { watchdogMs, notify: (...lines) => sendTo(address, lines.join("\n")) };
}

const localFamily = 1;
const longestPath = 108;

/** `struct sockaddr_un` of unix(7): a path, or a name without a file, which `@` stands for. */
function socketAddress(path: string): Uint8Array | undefined {
  const isAbstract = path.startsWith("@");
  if (!isAbstract && !path.startsWith("/")) return undefined;
  const name = Buffer.from(isAbstract ? `\0${path.slice(1)}` : `${path}\0`);
  if (name.length > longestPath) return undefined;
  // All that Bun runs on is little-endian.
  return Buffer.concat([Buffer.from([localFamily, 0]), name]);
}

// The numbers of Linux on x64 and arm64.
const datagram = 2;
const closeOnExec = 0o2000000;
const dontWait = 0x40;
const noSignal = 0x4000;

function sendTo(address: Uint8Array, text: string): boolean {
  const { socket, sendto, close } = systemLibrary();
  const file = socket(localFamily, datagram | closeOnExec, 0);
  if (file < 0) return false;
  const bytes = Buffer.from(text);
  const flags = dontWait | noSignal;
  const sent = sendto(file, bytes, bytes.length, flags, address, address.length);
  close(file);
  return Number(sent) === bytes.length;
}
