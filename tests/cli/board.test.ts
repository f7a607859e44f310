import { describe, expect, test } from "bun:test";

import { edit, emptyDraft, textOf, windowOf } from "../../src/cli/board/draft.ts";
import { type Key, KeyReader } from "../../src/cli/board/keys.ts";
import { orderOf, type Picture, renderBoard, type Size } from "../../src/cli/board/render.ts";
import {
  type Action,
  type BoardState,
  freshState,
  press,
  settle,
} from "../../src/cli/board/state.ts";
import { painter } from "../../src/cli/text.ts";
import { viewWith } from "../support/session-view.ts";

const pr = {
  url: "https://github.com/acme/shop/pull/7",
  number: 7,
  title: "Outbox",
  state: "open",
  ci: "passing",
  review: "approved",
  mergeability: "mergeable",
} as const;

const asking = viewWith({
  id: "shop-3",
  status: "needs_approval",
  title: "決済を冪等にする、長い長い題名のついた仕事をどこまでも続ける",
  activityDetail: { kind: "approval", text: "rm -r build\u001b[2J" },
});
const sessions = [
  asking,
  viewWith({ id: "shop-12", status: "mergeable", prs: [pr], title: "outbox" }),
  viewWith({ id: "shop-4", status: "working", title: "\u001b]0;owned\u0007\u001b[31mred\nline" }),
  viewWith({ id: "shop-5", status: "ci_failed", prs: [{ ...pr, number: 8, ci: "failing" }] }),
  viewWith({ id: "shop-2", status: "killed", isTerminated: true }),
];

/** Three minutes after everything began. */
const now = Date.parse("2026-01-01T00:03:00.000Z");

function picture(given: Partial<Picture> = {}): Picture {
  const shown = given.sessions ?? sessions;
  return { sessions: shown, state: settle(freshState, orderOf(shown)), unread: 2, now, ...given };
}

function linesOf(given: Partial<Picture>, size: Size): string[] {
  return renderBoard(picture(given), size, painter(false)).lines;
}

describe("the board", () => {
  test("shows at 80 columns who needs the person first", () => {
    expect(linesOf({}, { columns: 80, rows: 24 }).filter((line) => line !== "")).toEqual([
      "ao · 4 live · 1 need you · 1 red · 2 unread: ao notify ls",
      "NEEDS YOU 1",
      `> shop-3   needs_approval  -   3m  決済を冪等にする、長い長い題名のついた仕事を…`,
      "READY TO MERGE 1",
      "  shop-12  mergeable       #7  3m  outbox",
      "WORKING 1",
      "  shop-4   working         -   3m  red line",
      "RED 1",
      "  shop-5   ci_failed       #8  3m  title of shop-5",
      "DONE 1",
      "  shop-2   killed          -   3m  title of shop-2",
      "shop-3 asks: rm -r build",
      "claude-code · ao/shop-3/root",
      "enter attach  s send  y/n approve  x end  o PR  ? help  q quit",
    ]);
  });

  test("shows at 200 columns agent and branch too", () => {
    const lines = linesOf({}, { columns: 200, rows: 50 });
    expect(lines.find((line) => line.includes("shop-12"))).toBe(
      "  shop-12  mergeable       claude-code  #7  3m  ao/shop-12/root  outbox",
    );
    expect(lines).toHaveLength(50);
  });

  test("shows in 40 by 10 as much as fits around the selected one", () => {
    const top = linesOf({}, { columns: 40, rows: 10 });
    expect(top.slice(1, 4)).toEqual([
      "NEEDS YOU 1",
      "> shop-3   needs_approval  決済を冪等に…",
      "READY TO MERGE 1",
    ]);
    expect(top.slice(-2)).toEqual(["  ↓ 3 more", "? help  q quit"]);
    const last = { ...freshState, selected: "shop-2", index: 4 };
    const bottom = linesOf({ state: last }, { columns: 40, rows: 10 });
    expect(bottom[1]).toBe("  ↑ 3 more");
    expect(bottom.at(-2)).toStartWith("> shop-2");
  });

  test.each([
    [80, 24],
    [200, 50],
    [40, 10],
    [24, 4],
    [60, 12],
    [10, 3],
    [1, 1],
  ])("fits %i columns and %i rows exactly, colours or not, in every mode", (columns, rows) => {
    const draft = { characters: [..."a long text: 長い文".repeat(9)], cursor: 60 };
    const modes: BoardState["mode"][] = [
      { kind: "list" },
      { kind: "help" },
      { kind: "kill", id: "shop-3" },
      { kind: "send", id: "a-project-with-a-very-long-name-1234", draft },
    ];
    const crowd = Array.from({ length: 60 }, (_, number) =>
      viewWith({ id: `a-project-with-a-very-long-name-${number}`, status: "review_pending" }),
    );
    for (const mode of modes) {
      for (const shown of [sessions, crowd, []]) {
        const state = { ...settle({ ...freshState, index: 30 }, orderOf(shown)), mode };
        const noted = { ...state, note: { text: "x\u001b[2Jy".repeat(99), tone: "bad" as const } };
        for (const isColored of [true, false]) {
          const all = picture({ sessions: shown, state: noted });
          const frame = renderBoard(all, { columns, rows }, painter(isColored));
          expect(frame.lines).toHaveLength(rows);
          const widths = frame.lines.map((line) => Bun.stringWidth(line));
          expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
          expect(frame.cursor?.column ?? 0).toBeLessThan(columns);
          const text = frame.lines.join("");
          expect(text.replaceAll(isColored ? /\u001b\[\d+m/g : "", "")).not.toMatch(/\p{Cc}/u);
        }
      }
    }
  });

  test("says how to begin when there is nothing", () => {
    expect(linesOf({ sessions: [], unread: 0 }, { columns: 80, rows: 24 }).slice(0, 3)).toEqual([
      "ao · 0 live",
      "",
      'no sessions; start one: `ao spawn "the task"`',
    ]);
  });
});

const order = orderOf(sessions);
const begun = settle(freshState, order);

/** Types keys; returns the state and all that they led to. */
function type(keys: readonly (string | Key)[], shown = order, from = begun) {
  let state = from;
  const actions: Action[] = [];
  for (const key of keys.flatMap((one) => (typeof one === "string" ? keysOf(one) : [one]))) {
    const pressed = press(state, key, shown);
    state = pressed.state;
    if (pressed.action) actions.push(pressed.action);
  }
  return { state, actions };
}

function keysOf(text: string): Key[] {
  return new KeyReader().read(text);
}

describe("keys", () => {
  test("select by arrows and letters, and stop at the ends", () => {
    const [first, second] = order.map(({ id }) => id);
    expect(type(["k"]).state.selected).toBe(first);
    expect(type(["\u001b[B"]).state.selected).toBe(second);
    expect(type(["jj\u001bOA"]).state.selected).toBe(second);
    expect(type(["G", "j"]).state.selected).toBe(order.at(-1)?.id);
    expect(type(["G", "g"]).state.selected).toBe(first);
    expect(type(["j"], []).state.selected).toBeUndefined();
  });

  test("keep the selection on its session when the board moves", () => {
    const { state } = type(["j"]);
    const moved = [...order].reverse();
    expect(settle(state, moved)).toMatchObject({ selected: "shop-12", index: 3 });
    const gone = order.filter(({ id }) => id !== "shop-12");
    expect(settle(state, gone)).toMatchObject({ selected: "shop-4", index: 1 });
    expect(settle(state, [])).toMatchObject({ selected: undefined, index: 0 });
  });

  test("approve and deny only what is asked, with what was shown", () => {
    const asked = asking.activityDetail?.text;
    expect(type(["y"]).actions).toEqual([{ kind: "approve", id: "shop-3", asked: asked ?? "" }]);
    expect(type(["n"]).actions).toMatchObject([{ kind: "deny", id: "shop-3" }]);
    const { state, actions } = type(["jy"]);
    expect(actions).toEqual([]);
    expect(state.note).toEqual({ text: "shop-12 asks for no approval", tone: "bad" });
  });

  test("end a session only after a yes", () => {
    expect(type(["xy"]).actions).toEqual([{ kind: "kill", id: "shop-3" }]);
    for (const no of ["n", "\r", "\u001b", "x", { paste: "y" }]) {
      expect(type(["x", no])).toMatchObject({ actions: [], state: { mode: { kind: "list" } } });
    }
    expect(type(["Gx"]).state.note?.text).toBe("shop-2 has ended");
  });

  test("write a text with an editor, and send it to the session it was begun for", () => {
    const { state, actions } = type(["s", "helo\u001b[Dl", "\u0005 wörld!\u007f\u0017there\r"]);
    expect(actions).toEqual([{ kind: "send", id: "shop-3", text: "hello there" }]);
    expect(state.mode.kind).toBe("list");
    expect(type(["s", "q?xy", "\u001b"])).toMatchObject({ actions: [] });
    expect(type(["s", "  \r"]).actions).toEqual([]);
    const pasted = type(["s", "\u001b[200~one\r\ntwo\u001b[31m\u001b[201~\r"]).actions;
    expect(pasted).toMatchObject([{ text: "one\ntwo" }]);
  });

  test("of a text that was pasted into the list do nothing", () => {
    expect(type(["\u001b[200~xyq\u001b[201~"])).toEqual({
      state: { ...begun, note: undefined },
      actions: [],
    });
  });

  test("attach, show addresses and help, and quit", () => {
    expect(type(["\r", "a"]).actions).toEqual([
      { kind: "attach", id: "shop-3" },
      { kind: "attach", id: "shop-3" },
    ]);
    expect(type(["jo"]).state.note?.text).toBe(pr.url);
    expect(type(["?"]).state.mode.kind).toBe("help");
    expect(type(["?q"])).toMatchObject({ actions: [], state: { mode: { kind: "list" } } });
    expect(type(["q"]).actions).toEqual([{ kind: "quit", exitCode: 0 }]);
    expect(type(["s", "text\u0003"]).actions).toEqual([{ kind: "quit", exitCode: 130 }]);
  });

  test("are read from pieces, and what is not known is no key", () => {
    const reader = new KeyReader();
    const pieces = ["\u001b", "\u001b[1", ";5C\u001b[2", "00~pas", "te\u001b[20", "1~é"];
    expect(pieces.flatMap((piece) => reader.read(piece))).toEqual([
      { name: "escape" },
      { name: "right" },
      { paste: "paste" },
      { text: "é" },
    ]);
    expect(keysOf("\u001b[99~\u001bx\u0000\u001b[<0;1;1M")).toEqual([]);
    expect(keysOf("👩‍👩‍👧")).toEqual([{ text: "👩‍👩‍👧" }]);
  });
});

test("a draft shows the part around its cursor", () => {
  const text = keysOf("日本語のとても長い文").reduce(
    (draft, key) => edit(draft, key) ?? draft,
    emptyDraft,
  );
  expect(textOf(text)).toBe("日本語のとても長い文");
  const end = windowOf(text, 9);
  expect(end).toEqual({ text: "も長い文", column: 8 });
  const home = edit(text, { name: "home" });
  expect(home && windowOf(home, 9)).toEqual({ text: "日本語の", column: 0 });
});
