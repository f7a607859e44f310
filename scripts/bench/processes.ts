import { readdirSync, readFileSync } from "node:fs";

/** What a process holds, in bytes. */
export interface Memory {
  /** Pages of its own that no file backs. */
  anonymous: number;
  /** All resident pages, those of the program's file included. */
  resident: number;
}

/** Reads `smaps_rollup` of proc(5). */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}: +(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN) * 1_024;
  return { anonymous: bytes("Anonymous"), resident: bytes("Rss") };
}

/** Processor time that all threads have used, in milliseconds (`schedstat` of proc(5)). */
export function processorMs(pid: number): number {
  return sumOverThreads(pid, "schedstat", (text) => Number(text.split(" ")[0])) / 1_000_000;
}

/** How often any thread has gone to sleep of its own accord, and so woke up again. */
export function wakeUps(pid: number): number {
  return sumOverThreads(pid, "status", (text) =>
    Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1] ?? Number.NaN),
  );
}

/**
 * Page faults of all children that have ended (field 11 of proc_pid_stat(5)). Not one child has
 * ended between two readings that are equal, however short it lived.
 */
export function childFaults(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[8]);
}

/** Children that live now. */
export function livingChildren(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

function sumOverThreads(pid: number, file: string, read: (text: string) => number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads
    .map((thread) => read(readFileSync(`/proc/${pid}/task/${thread}/${file}`, "utf8")))
    .reduce((sum, value) => sum + value, 0);
}
