import { describe, expect, test } from "bun:test";

import { boardOf, columnOf } from "../../../src/domain/board.ts";
import { eventTypes } from "../../../src/domain/event.ts";
import { prLadder } from "../../../src/domain/pr.ts";
import type { Status } from "../../../src/domain/status.ts";
import { matches, moveFocus } from "../../../src/web/page/model/columns.ts";
import { concernsOf } from "../../../src/web/page/model/concerns.ts";
import { everywhere, onBoard, onSession, readKey } from "../../../src/web/page/model/keys.ts";
import { webLink } from "../../../src/web/page/model/link.ts";
import { inOrder } from "../../../src/web/page/model/pull.ts";
import { hashOf, parseRoute, type Route } from "../../../src/web/page/model/route.ts";
import { defaultOf, fieldOf, settings, valueOf } from "../../../src/web/page/model/settings.ts";
import { toneOf } from "../../../src/web/page/model/status.ts";
import { ago, bytes, clock } from "../../../src/web/page/model/time.ts";
import { factsOf, merge, passes, timelineLimit } from "../../../src/web/page/model/timeline.ts";
import { events, minutesAgo, session, sessions } from "./canned-data.ts";
import { pull } from "./canned-pulls.ts";

describe("the board", () => {
  test("puts each status where a person looks for it", () => {
    const where = (status: Status) => columnOf(session(1, { status }));
    const ladder = prLadder.map((rung) => [rung, where(rung)]);
    expect(Object.fromEntries(ladder)).toMatchObject({
      ci_failed: "red",
      merge_conflict: "red",
      changes_requested: "red",
      ci_pending: "working",
      review_pending: "working",
      mergeable: "ready",
    });
    const waiting: Status[] = [
      "needs_approval",
      "needs_input",
      "stuck",
      "no_signal",
      "exited",
      "idle",
    ];
    expect(waiting.map(where)).toEqual(waiting.map(() => "needs"));
  });

  test("orders by who waits most, then longest", () => {
    const asks = session(1, { status: "needs_approval", activityAt: minutesAgo(1) });
    const idle = session(2, { status: "idle", activityAt: minutesAgo(900) });
    const older = session(3, { status: "needs_approval", activityAt: minutesAgo(5) });
    expect(boardOf([idle, asks, older]).needs.map(({ id }) => id)).toEqual([
      "shop-3",
      "shop-1",
      "shop-2",
    ]);
  });

  test("keeps a session that has ended out of the other columns", () => {
    const ended = session(1, { status: "killed", isTerminated: true });
    expect(boardOf([ended]).done).toEqual([ended]);
  });

  test("finds by all words, in any of the card's texts", () => {
    const found = (words: string) =>
      sessions.filter((one) => matches(one, words)).map((one) => one.id);
    expect(found("CODEX import")).toEqual(["shop-2"]);
    expect(found("")).toHaveLength(sessions.length);
  });

  test("moves the focus over columns, past empty ones, and stops at the edges", () => {
    const ids = [["a", "b"], [], ["c"]];
    expect(moveFocus(ids, undefined, "down")).toBe("a");
    expect(moveFocus(ids, "a", "up")).toBe("a");
    expect(moveFocus(ids, "b", "right")).toBe("c");
    expect(moveFocus(ids, "c", "right")).toBe("c");
    expect(moveFocus(ids, "gone", "left")).toBe("a");
    expect(moveFocus([[]], "a", "down")).toBeUndefined();
  });
});

test("reads every route back from its own address", () => {
  const routes: Route[] = [
    { page: "board" },
    { page: "session", id: "a/b#1 ?", tab: "terminal" },
    { page: "session", id: "shop-1", tab: "diff" },
    { page: "prs" },
    { page: "inbox" },
    { page: "projects", id: undefined },
    { page: "projects", id: "shop" },
    { page: "events", project: "", session: "", type: "" },
    { page: "events", project: "shop", session: "shop-1", type: "pr_updated" },
  ];
  expect(routes.map((route) => parseRoute(hashOf(route)))).toEqual(routes);
  expect(parseRoute("#/session/%zz/nothing")).toMatchObject({ id: "%zz", tab: "terminal" });
  expect(parseRoute("#/what/is/this")).toEqual({ page: "board" });
});

describe("keys", () => {
  test("lead to a command at once, or after a second key", () => {
    expect(readKey(everywhere, "", "n")).toEqual({ command: "new", pending: "" });
    expect(readKey(everywhere, "", "g")).toEqual({ command: undefined, pending: "g" });
    expect(readKey(everywhere, "g", "p")).toEqual({ command: "go-prs", pending: "" });
    expect(readKey(everywhere, "g", "n")).toEqual({ command: "new", pending: "" });
    expect(readKey(everywhere, "g", "x")).toEqual({ command: undefined, pending: "" });
  });

  test("mean one thing each on a page", () => {
    for (const own of [onBoard, onSession]) {
      const keys = [...everywhere, ...own].map((shortcut) => shortcut.keys);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});

test("tells ages and times in the largest unit that says something", () => {
  const now = Date.parse("2026-03-04T05:06:07.000Z");
  const ages = [0, 12, 59, 60, 3_599, 3_600, 47 * 3_600, 48 * 3_600].map((seconds) =>
    ago(now - seconds * 1_000, now),
  );
  expect(ages).toEqual(["now", "12s", "59s", "1m", "59m", "1h", "47h", "2d"]);
  expect([ago("no time", now), clock("no time", now)]).toEqual(["", ""]);
  expect(clock(now, now)).toMatch(/^\d\d:\d\d:\d\d$/);
  expect(clock(now - 40 * 86_400_000, now)).toMatch(/^2026-01-\d\d \d\d:\d\d:\d\d$/);
  expect([bytes(12), bytes(2_048), bytes(3_500_000)]).toEqual(["12 B", "2 KB", "3.3 MB"]);
});

describe("an event", () => {
  test("of every known type concerns something", () => {
    for (const type of Object.keys(eventTypes)) {
      expect(concernsOf({ type, sessionId: "shop-1" })).not.toEqual([]);
    }
    expect(concernsOf({ type: "message_updated", sessionId: "shop-1" })).toEqual([
      "messages:shop-1",
    ]);
    expect(concernsOf({ type: "of_a_newer_server" })).toContain("prs");
  });

  test("that comes by two streams is shown once, newest first, and no more than are kept", () => {
    const shown = merge(merge([], events.slice(0, 6)), events.slice(3, 8));
    expect(shown.map(({ seq }) => seq)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    const many = Array.from({ length: 700 }, (_, seq) => ({ ...events[0], seq }));
    expect(merge([], many as typeof events)).toHaveLength(timelineLimit);
  });

  test("passes filters, and says its facts in plain words", () => {
    const [event] = events;
    if (!event) throw new Error("no event");
    const all = { project: "", session: "", type: "" };
    expect(passes(event, all)).toBe(true);
    expect(passes(event, { ...all, session: "shop-2" })).toBe(false);
    expect(factsOf(event)).toEqual(["activity blocked", "make checkout idempotent"]);
    expect(factsOf({ ...event, payload: null })).toEqual([]);
  });
});

test("puts pull requests that are ready first, then those that wait, then ended ones", () => {
  const ended = pull(1, { state: "merged", isReady: false });
  const waits = pull(2, { isReady: false });
  expect(inOrder([ended, waits, pull(3)]).map(({ number }) => number)).toEqual([3, 2, 1]);
});

test("follows only addresses of the web", () => {
  const script = `java${"script"}:alert(1)`;
  expect([script, "data:text/html,x", "https://a.b/c"].map(webLink)).toEqual([
    undefined,
    undefined,
    "https://a.b/c",
  ]);
});

test("gives no tone to what is no status, not even to what every object has", () => {
  expect([toneOf("working"), toneOf("ready_to_merge"), toneOf("constructor")]).toEqual([
    "work",
    "ready",
    "quiet",
  ]);
});

test("turns settings into fields and back, an empty field into nothing", () => {
  const config = { agent: "codex", setup: ["a", "b"], terminateOnMerge: false };
  for (const setting of settings) {
    const text = fieldOf(setting, config);
    expect(valueOf(setting, text)).toEqual(config[setting.key as keyof typeof config] ?? null);
  }
  const timeout = settings.find(({ key }) => key === "setupTimeoutSeconds");
  if (!timeout) throw new Error("no such setting");
  expect([valueOf(timeout, " 5 "), defaultOf(timeout)]).toEqual([5, "600"]);
});
