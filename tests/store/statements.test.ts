import { afterAll, expect, test } from "bun:test";

import { code, migrations, parseQueries, queries, statementText } from "../../src/store/sql.ts";
import type { Parameters, Reader, Store } from "../../src/store/store.ts";
import { readSources } from "../support/source.ts";
import { everyStoreFunction } from "../support/store-calls.ts";
import { Sample } from "../support/store.ts";

const names = [...queries.keys()];
const migrated = new Sample();
afterAll(() => migrated[Symbol.dispose]());

test.each(names)("%s prepares against a migrated database and is one statement", (name) => {
  const text = statementText(name);
  const statement = migrated.raw.prepare(text);
  // What follows a first statement would be dropped silently.
  expect(withoutComments(text)).not.toContain(";");
  expect(statement.paramsCount).toBe(parametersOf(text).length);
  statement.finalize();
});

test("every statement is named in the code of the store, and only there", async () => {
  const files = await readSources(`${import.meta.dir}/../..`);
  const inStore = files.filter(({ path }) => path.startsWith("src/store/"));
  const others = files.filter(({ path }) => /^src\/(?!store\/)/.test(path));
  const uses = (name: string, among: typeof files) =>
    among.some(({ text }) => text.includes(`"${name}"`));
  expect(names.filter((name) => !uses(name, inStore))).toEqual([]);
  expect(names.filter((name) => uses(name, others))).toEqual([]);
});

test("every statement is run by a store function with exactly its own parameters", () => {
  using sample = new Sample();
  const calls = new Map<string, Set<string>>();
  everyStoreFunction(recording(sample.store, calls));
  // Run by the migration on the copy that it makes.
  const unrun = names.filter((name) => !calls.has(name) && name !== "epochRenew");
  expect(unrun).toEqual([]);
  for (const [name, given] of calls) {
    expect([name, ...[...given].sort()]).toEqual([name, ...parametersOf(statementText(name))]);
  }
});

test("parseQueries refuses a name that stands twice", () => {
  expect(() => parseQueries(["-- name: one\nselect 1\n", "-- name: one\nselect 2\n"])).toThrow(
    "statement one stands twice",
  );
});

const tooNew: [string, RegExp][] = [
  ["jsonb needs 3.45", /\bjsonb/],
  ["concat needs 3.44", /\bconcat(_ws)?\s*\(/],
  ["string_agg needs 3.44", /\bstring_agg\s*\(/],
  ["ordered aggregates need 3.44", /\b(group_concat|json_group_\w+)\s*\([^()]*order\s+by/],
  ["raise takes a literal before 3.47", /\braise\s*\(\s*\w+\s*,\s*(?!')/],
  ["unistr needs 3.50", /\bunistr\s*\(/],
  ["if() needs 3.48", /\bif\s*\(/],
  ["insert or replace hides deletes from triggers", /\bor\s+replace\b/],
  ["timediff is not in Apple's library", /\btimediff\s*\(/],
];

test.each(tooNew)("SQL keeps to SQLite 3.43: %s", (_why, pattern) => {
  const texts = [...migrations, code, ...queries.values()].map(withoutComments);
  expect(texts.filter((text) => pattern.test(text.toLowerCase()))).toEqual([]);
});

function withoutComments(text: string): string {
  return text.replaceAll(/--.*$/gm, "").trim();
}

function parametersOf(text: string): string[] {
  const found = withoutComments(text).match(/\$\w+/g) ?? [];
  return [...new Set(found.map((name) => name.slice(1)))].sort();
}

/** The same store, which also keeps what each statement was given. */
function recording(store: Store, calls: Map<string, Set<string>>): Store {
  const note = (name: string, parameters: Parameters = {}) =>
    void calls.set(name, calls.get(name)?.union(keys(parameters)) ?? keys(parameters));
  const keys = (parameters: Parameters) => new Set(Object.keys(parameters));
  const reader = (inner: Reader): Reader => ({
    all: (name, parameters) => (note(name, parameters), inner.all(name, parameters)),
    one: (name, parameters) => (note(name, parameters), inner.one(name, parameters)),
  });
  return {
    ...store,
    ...reader(store),
    write: (action, fence) =>
      store.write((tx) => {
        // The store itself asks this one.
        if (fence) note("leaseHeld", { ...fence, now: tx.now });
        return action({
          ...reader(tx),
          now: tx.now,
          change: (name, parameters) => (note(name, parameters), tx.change(name, parameters)),
        });
      }, fence),
  };
}
