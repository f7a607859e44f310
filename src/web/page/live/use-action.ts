import { useState } from "preact/hooks";

import { textOf } from "./http.ts";

/** Something that a person had done, with how it went. */
export interface Action<Words extends unknown[]> {
  run: (...words: Words) => Promise<boolean>;
  isRunning: boolean;
  error: string | undefined;
  clear: () => void;
}

/** Runs work once at a time, and keeps what it failed with until the next try. */
export function useAction<Words extends unknown[]>(
  work: (...words: Words) => Promise<unknown>,
): Action<Words> {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<string>();
  const run = async (...words: Words): Promise<boolean> => {
    if (isRunning) return false;
    setRunning(true);
    setError(undefined);
    try {
      await work(...words);
      return true;
    } catch (failure) {
      setError(textOf(failure));
      return false;
    } finally {
      setRunning(false);
    }
  };
  return { run, isRunning, error, clear: () => setError(undefined) };
}
