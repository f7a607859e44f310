import { AoError } from "../../src/error.ts";

/** The code of the expected failure that a promise ends with; throws when it has another end. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AoError) return error.code;
  throw new Error("it did not fail as expected", { cause: error });
}
