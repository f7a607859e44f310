import { readFileSync } from "node:fs";

import { AoError, messageOf, systemCode } from "../error.ts";

/** Where a long text comes from. */
interface TextSource {
  /** What it is, for messages, such as `the task`. */
  what: string;
  /** As typed on the line. */
  text: string | undefined;
  /** A path, or `-` for standard input. */
  file: string | undefined;
  interrupt: AbortSignal;
}

/**
 * The text that was typed, or of the file that was named; undefined when neither was.
 * Throws `usage` for both at once or a file that cannot be read, `not_found` for one that is not
 * there, `interrupted` on ctrl-C while standard input is read.
 */
export async function readText(source: TextSource): Promise<string | undefined> {
  const { what, text, file, interrupt } = source;
  if (file === undefined) return text;
  if (text !== undefined) {
    throw new AoError("usage", `${what} is given twice`, "leave out the text or the file");
  }
  return file === "-" ? await readStdin(interrupt) : readFile(file);
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const options = { cause: error };
    if (systemCode(error) === "ENOENT") {
      throw new AoError("not_found", `file \`${file}\` not found`, undefined, options);
    }
    const why = messageOf(error)
      .replace(/^[A-Z]+: /, "")
      .replace(/, \w+( '.*')?$/, "");
    throw new AoError("usage", `file \`${file}\` cannot be read: ${why}`, undefined, options);
  }
}

/** Somebody types: an interrupt has to end that. */
async function readStdin(interrupt: AbortSignal): Promise<string> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new AoError("interrupted", "interrupted"));
  interrupt.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([Bun.stdin.text(), promise]);
  } finally {
    interrupt.removeEventListener("abort", onAbort);
  }
}
