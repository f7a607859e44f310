import type { Schema } from "../../src/store/migrate.ts";
import { code, migrations } from "../../src/store/sql.ts";

const nextMigration = "create table extra (x integer) strict; insert into extra values (7);";

/** The schema of a later program: one table more, and a trigger with another text. */
export const laterSchema: Schema = {
  migrations: [...migrations, nextMigration],
  code: code.replace("'session_deleted'", "'session_gone'"),
};
