import { expect, jest, test } from "bun:test";

import { watchVisibility } from "../../../src/web/page/live/visibility.ts";

test("a page that is looked at again keeps its stream, however late the lock is told", async () => {
  const page = Object.assign(new EventTarget(), { hidden: false });
  type Told = (lock: object | null) => unknown;
  const asked: Told[] = [];
  const locks = {
    request: async (_name: string, _options: object, told: Told) => asked.push(told),
  };
  const before = { document: globalThis.document, navigator: globalThis.navigator };
  Object.assign(globalThis, { document: page });
  Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
  jest.useFakeTimers();
  try {
    const calls: string[] = [];
    watchVisibility({ pause: () => calls.push("pause"), resume: () => calls.push("resume") });
    const show = (hidden: boolean) => {
      page.hidden = hidden;
      page.dispatchEvent(new Event("visibilitychange"));
    };
    show(true);
    jest.advanceTimersByTime(10_000);
    show(false);
    asked[0]?.(null);
    expect([asked.length, calls]).toEqual([1, ["resume"]]);
    show(true);
    jest.advanceTimersByTime(10_000);
    asked[1]?.(null);
    expect(calls).toEqual(["resume", "pause"]);
  } finally {
    jest.useRealTimers();
    Object.assign(globalThis, { document: before.document });
    Object.defineProperty(globalThis, "navigator", { value: before.navigator, configurable: true });
  }
});
