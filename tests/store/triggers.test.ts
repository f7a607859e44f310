import { expect, test } from "bun:test";

import { type AoEvent, eventTypes } from "../../src/domain/event.ts";
import { recordEvidence } from "../../src/store/evidence.ts";
import { setProjectArchived } from "../../src/store/project.ts";
import { deleteSession, getSession, setTitle, terminate } from "../../src/store/session.ts";
import { fixedColumns, type TableSample, tableSamples } from "../support/rows.ts";
import { Sample, samplePr, upsert } from "../support/store.ts";

const tables = Object.entries(tableSamples);

test("every documented event is emitted with exactly its documented fields, in order", () => {
  using sample = filled();
  for (const [table, one] of tables) {
    for (const [column, value] of Object.entries(one.loud)) set(sample, table, one, column, value);
  }
  set(sample, "pr_review_thread", rowsOf("pr_review_thread"), "is_resolved", 0);
  sample.store.write((tx) => deleteSession(tx, sample.session()));
  const events = sample.eventsSince(0);
  expect([...new Set(events.map(({ type }) => type))].sort()).toEqual(
    Object.keys(eventTypes).sort(),
  );
  for (const { type, payload, projectId } of events) {
    expect([type, ...Object.keys(objectOf(payload))]).toEqual([
      type,
      ...(eventTypes[type]?.fields.split(" ") ?? []),
    ]);
    expect(projectId).toBe("shop");
  }
});

test("what is or has something is a JSON boolean, and both values come", () => {
  using sample = filled();
  for (const [table, one] of tables) {
    for (const [column, value] of Object.entries(one.loud)) set(sample, table, one, column, value);
  }
  sample.store.write((tx) => terminate(tx, getSession(tx, "shop-1"), "killed", null));
  upsert(sample.raw, "pr_comment", ["pr_key", "id"], commentOf("c2", 1));
  upsert(sample.raw, "pr_review", ["pr_key", "id"], reviewOf("r2", 1));
  const seen = new Map<string, Set<unknown>>();
  for (const { payload } of sample.eventsSince(0)) {
    for (const [name, value] of Object.entries(objectOf(payload))) {
      if (/^(is|has)[A-Z]/.test(name)) seen.set(name, (seen.get(name) ?? new Set()).add(value));
    }
  }
  expect(seen.size).toBeGreaterThan(10);
  for (const [name, values] of seen) {
    expect([name, ...[...values].sort()]).toEqual([name, false, true]);
  }
});

test.each(tables)("the sample of %s has every column that the table has", (table, one) => {
  using sample = new Sample();
  const columns = sample.raw
    .query<{ name: string }, []>(`select name from pragma_table_info('${table}')`)
    .all()
    .map(({ name }) => name);
  const known = [one.key, one.loud, one.silent].flatMap((part) => Object.keys(part));
  expect([...known, ...(fixedColumns[table] ?? [])].sort()).toEqual(columns.sort());
});

test.each(tables)("a change of a public column of %s is told once, a repetition never", (table) => {
  using sample = filled();
  const one = rowsOf(table);
  for (const [column, value] of Object.entries(one.loud)) {
    const told = sample.eventsOf(() => set(sample, table, one, column, value));
    const expected = one.special?.[column] ?? one.updated;
    expect([column, ...told.map(({ type }) => type)]).toEqual([column, expected ?? ""]);
    const again = sample.eventsOf(() => set(sample, table, one, column, value));
    expect([column, ...again]).toEqual([column]);
  }
});

test.each(tables)("a change of a private column of %s is silent", (table) => {
  using sample = filled();
  const one = rowsOf(table);
  for (const [column, value] of Object.entries(one.silent)) {
    const told = sample.eventsOf(() => set(sample, table, one, column, value));
    expect([column, ...told]).toEqual([column]);
  }
});

test.each(tables.filter(([, one]) => one.inserted))("an insert into %s is told once", (table) => {
  using sample = new Sample();
  sample.project();
  sample.session();
  if (table !== "pr") insert(sample, "pr");
  const told = sample.eventsOf(() => insert(sample, table));
  expect(told.map(({ type }) => type)).toEqual([rowsOf(table).inserted ?? ""]);
  expect(sample.eventsOf(() => insert(sample, table))).toEqual([]);
});

test("what keeps the house is silent", () => {
  using sample = filled();
  const told = sample.eventsOf(() => {
    for (const detail of ["one", "two"]) {
      const evidence = { source: "git" as const, verdict: "clean", detail };
      sample.store.write((tx) => recordEvidence(tx, "shop-1", evidence));
    }
    const db = sample.raw;
    db.run("insert into lease values ('loops', 1, '1', 1, 1, 1)");
    db.run("update lease set expires_at = 2");
    db.run("insert into consumer values ('c', 'e', 1, 1)");
    db.run("update session set first_signal_at = 5");
    db.run("update session set first_signal_at = 6, last_signal_at = 7, launched_at = 8");
  });
  // The first signal ever is a public fact; the time of it is not.
  expect(told.map(({ type }) => type)).toEqual(["session_updated"]);
});

test("a rename is one event that carries the new title", () => {
  using sample = filled();
  const rename = () => sample.store.write((tx) => setTitle(tx, "shop-1", "outbox"));
  const [event, ...others] = sample.eventsOf(rename);
  expect(others).toEqual([]);
  expect(event).toMatchObject({ type: "session_updated", sessionId: "shop-1" });
  expect(objectOf(event?.payload)).toMatchObject({ id: "shop-1", title: "outbox" });
  expect(event?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(sample.eventsOf(rename)).toEqual([]);
});

test("a deleted session leaves a tombstone, and its events stay", () => {
  using sample = filled();
  const before = sample.eventsSince(0).filter(({ sessionId }) => sessionId === "shop-1");
  const told = sample.eventsOf(() => sample.store.write((tx) => deleteSession(tx, "shop-1")));
  expect(told.map(({ type }) => type)).toEqual([
    "notification_resolved",
    "pr_session_changed",
    "session_deleted",
  ]);
  expect(told.every(({ sessionId }) => sessionId === "shop-1")).toBe(true);
  expect(objectOf(told.at(-1)?.payload)).toEqual({
    id: "shop-1",
    projectId: "shop",
    title: "title of shop-1",
  });
  const after = sample.eventsSince(0).filter(({ sessionId }) => sessionId === "shop-1");
  expect(after.slice(0, before.length)).toEqual(before);
});

test("archiving is told as such, and twice is an archive still", () => {
  using sample = filled();
  const archive = (isArchived: boolean) =>
    sample.eventsOf(() => sample.store.write((tx) => setProjectArchived(tx, "shop", isArchived)));
  expect(archive(true).map(({ type }) => type)).toEqual(["project_archived"]);
  expect(archive(false).map(({ type }) => type)).toEqual(["project_updated"]);
});

test("feedback that is given up at once is told as well", () => {
  using sample = filled();
  const row = { ...rowsOf("feedback").key, ...rowsOf("feedback").row, reaction: "merge_conflict" };
  const told = sample.eventsOf(() =>
    upsert(sample.raw, "feedback", ["session_id", "pr_key", "reaction"], {
      ...row,
      escalated_at: 9,
    }),
  );
  expect(told.map(({ type, payload }) => ({ type, payload }))).toEqual([
    {
      type: "feedback_escalated",
      payload: {
        sessionId: "shop-1",
        prKey: samplePr.key,
        reaction: "merge_conflict",
        attempts: 0,
      },
    },
  ]);
});

test("a transaction that fails leaves neither change nor event", () => {
  using sample = filled();
  const before = sample.head();
  const failing = () =>
    sample.store.write((tx) => {
      setTitle(tx, "shop-1", "never");
      throw new Error("in the middle");
    });
  expect(failing).toThrow("in the middle");
  expect(sample.eventsSince(before)).toEqual([]);
  const [next] = sample.eventsOf(() => sample.store.write((tx) => setTitle(tx, "shop-1", "then")));
  expect(next?.seq).toBe(before + 1);
});

/** A store with a row in every table. */
function filled(): Sample {
  const sample = new Sample();
  sample.project();
  sample.session();
  for (const [table] of tables) insert(sample, table);
  return sample;
}

function insert(sample: Sample, table: string): void {
  const { key, row } = rowsOf(table);
  if (Object.keys(row).length > 0) upsert(sample.raw, table, Object.keys(key), { ...key, ...row });
}

function set(
  sample: Sample,
  table: string,
  { key }: TableSample,
  column: string,
  value: string | number | null,
): void {
  const where = Object.keys(key).map((name) => `${name} = $${name}`);
  const text = `update ${table} set ${column} = $value where ${where.join(" and ")}`;
  expect(sample.raw.query(text).run({ ...key, value }).changes).toBeGreaterThan(0);
}

function rowsOf(table: string): TableSample {
  const found = tableSamples[table];
  if (!found) throw new Error(`no sample of ${table}`);
  return found;
}

function commentOf(id: string, isBot: number) {
  return { pr_key: samplePr.key, id, author: "bot", is_bot: isBot, created_at: 1 };
}

function reviewOf(id: string, isBot: number) {
  const { key: prKey } = samplePr;
  return { pr_key: prKey, id, author: "b", state: "approved", submitted_at: 1, is_bot: isBot };
}

function objectOf(payload: AoEvent["payload"]): object {
  if (typeof payload !== "object" || payload === null) throw new Error("no object");
  return payload;
}
