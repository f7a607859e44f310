import { expect, test } from "bun:test";

import { Cache } from "../../../src/web/page/live/cache.ts";
import { waitFor } from "../../support/wait.ts";

test.each([503, 0])("what was shown stays shown after %d, and is read again", async (status) => {
  const answers = [200, status, 200];
  const real = globalThis.fetch;
  const fake = async () => {
    const next = answers.shift() ?? 200;
    if (next === 0) throw new TypeError("no connection");
    return Response.json({ message: "busy", left: answers.length }, { status: next });
  };
  globalThis.fetch = Object.assign(fake, { preconnect: real.preconnect });
  try {
    const cache = new Cache();
    const stop = cache.listen("/sessions/a", ["session:a"], () => {});
    const left = () => cache.peek<{ left: number }>("/sessions/a").value?.left;
    await waitFor(() => left() === 2);
    cache.invalidate();
    await waitFor(() => cache.peek("/sessions/a").error?.status === status);
    expect(left()).toBe(2);
    cache.retryLost();
    await waitFor(() => left() === 0);
    expect(cache.peek("/sessions/a").error).toBeUndefined();
    stop();
  } finally {
    globalThis.fetch = real;
  }
});
