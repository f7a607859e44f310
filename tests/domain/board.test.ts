import { expect, test } from "bun:test";

import { boardOf, columnOf } from "../../src/domain/board.ts";
import type { Status } from "../../src/domain/status.ts";
import { viewWith } from "../support/session-view.ts";

const places: Record<string, Status[]> = {
  needs: ["needs_approval", "needs_input", "stuck", "no_signal", "exited", "idle"],
  ready: ["mergeable"],
  working: ["spawning", "working", "detecting", "draft", "ci_pending", "approved", "unknown"],
  red: ["ci_failed", "merge_conflict", "changes_requested"],
};

test.each(Object.entries(places))("a live session is in column %s by its status", (place, all) => {
  const found = all.map((status) => columnOf(viewWith({ status })));
  expect(new Set<string>(found)).toEqual(new Set([place]));
});

test("the most urgent come first, then who has waited longest; what ended last is first", () => {
  const at = (minute: number) => `2026-01-01T00:0${minute}:00.000Z`;
  const board = boardOf([
    viewWith({ id: "shop-1", status: "idle" }),
    viewWith({ id: "shop-10", status: "needs_approval", activityAt: at(2) }),
    viewWith({ id: "shop-3", status: "needs_approval", activityAt: at(5) }),
    viewWith({ id: "shop-2", status: "needs_approval", activityAt: at(5) }),
    viewWith({ id: "shop-4", status: "working", createdAt: at(1) }),
    viewWith({ id: "shop-5", status: "working", createdAt: at(2) }),
    viewWith({ id: "shop-6", status: "killed", isTerminated: true, updatedAt: at(1) }),
    viewWith({ id: "shop-7", status: "merged", isTerminated: true, updatedAt: at(2) }),
  ]);
  const ids = Object.values(board).map((sessions) => sessions.map(({ id }) => id).join(" "));
  expect(ids).toEqual(["shop-10 shop-2 shop-3 shop-1", "", "shop-5 shop-4", "", "shop-7 shop-6"]);
});
