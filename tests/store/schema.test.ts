import { expect, test } from "bun:test";

import { schemaVersion } from "../../src/store/migrate.ts";
import { migrations } from "../../src/store/sql.ts";
import { readSources } from "../support/source.ts";
import { Sample } from "../support/store.ts";

const golden = `${import.meta.dir}/../schema.golden.sql`;
const regenerate = "UPDATE_GOLDEN=1 bun test tests/store/schema.test.ts";

test("a fresh database has the schema that is on record", async () => {
  using sample = new Sample();
  const found = dump(sample);
  if (process.env["UPDATE_GOLDEN"]) await Bun.write(golden, found);
  const known = await Bun.file(golden).text();
  if (found !== known) process.stderr.write(`the schema changed; to accept it: ${regenerate}\n`);
  expect(found).toBe(known);
});

test("migrations are numbered without gaps, in the order of their names", async () => {
  const files = await readSources(`${import.meta.dir}/../..`);
  const found = files.filter(({ path }) => path.startsWith("sql/migrations/"));
  const numbers = found.map(({ path }) => Number(/\/(\d{4})_\w+\.sql$/.exec(path)?.[1]));
  expect(numbers).toEqual(found.map((_, index) => index + 1));
  expect(found.map(({ text }) => text)).toEqual([...migrations]);
  expect(schemaVersion).toBe(migrations.length);
});

test("each table is strict and nothing refers to the log", () => {
  using sample = new Sample();
  const tables = sample.raw
    .query<{ name: string; strict: number }, []>(
      "select name, strict from pragma_table_list where schema = 'main' and type = 'table'",
    )
    .all()
    .filter(({ name }) => !name.startsWith("sqlite_"));
  expect(tables.length).toBeGreaterThan(10);
  expect(tables.filter(({ strict }) => strict !== 1)).toEqual([]);
  const references = "select * from pragma_foreign_key_list('change_log')";
  expect(sample.raw.query(references).all()).toEqual([]);
});

test("each reference that a delete follows has an index", () => {
  using sample = new Sample();
  const missing = sample.raw
    .query<{ name: string; column: string }, []>(
      `select t.name as name, f."from" as column
       from pragma_table_list t join pragma_foreign_key_list(t.name) f
       where t.schema = 'main' and f."table" in ('session', 'pr')
         and not exists (
           select 1 from pragma_index_list(t.name) i join pragma_index_info(i.name) c
           where i.partial = 0 and c.seqno = 0 and c.name = f."from")`,
    )
    .all();
  expect(missing).toEqual([]);
});

/** The schema as text: everything that has a text, by kind and name, without extra white space. */
function dump(sample: Sample): string {
  const rows = sample.raw
    .query<{ sql: string }, []>(
      `select sql from sqlite_schema where sql is not null and name not like 'sqlite_%'
       order by instr('table index view trigger', type), name`,
    )
    .all();
  const lines = rows.map(({ sql }) => sql.replaceAll(/[ \t]+$/gm, ""));
  return `-- Made by: ${regenerate}\n\n${lines.join(";\n\n")};\n`;
}
