import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";

import { AoError } from "../error.ts";
import { storeFailure } from "./failure.ts";
import { pragmaNumber, schemaVersion } from "./migrate.ts";
import { closeDatabase, databasePath, openDatabase, openReader } from "./open.ts";
import { statementText } from "./sql.ts";

/** Named values of a statement. A missing one throws. */
export type Parameters = Record<string, string | number | null>;

/** Proof that a lease is still held: checked in the very transaction that it guards. */
export interface Fence {
  name: string;
  token: number;
}

/** The inside of a write transaction. */
export interface Transaction extends Reader {
  /** Unix milliseconds, read once, so that all rows of one change agree. */
  readonly now: number;
  /** Runs a statement and returns how many rows it changed. */
  change(name: string, parameters?: Parameters): number;
}

/** What can be read, in or outside a transaction. */
export interface Reader {
  all<Row>(name: string, parameters?: Parameters): Row[];
  one<Row>(name: string, parameters?: Parameters): Row | undefined;
}

/** Refuses a function that returns a promise: a transaction would commit at its first await. */
type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

/** One connection to the database of one data directory. */
export interface Store extends Reader {
  readonly path: string;
  readonly dataDir: string;
  /**
   * Runs `action` in one `begin immediate` transaction.
   * Throws `conflict` when the fence's lease was lost, `unavailable` when a newer `ao` has
   * migrated the database meanwhile.
   */
  write<T>(action: (tx: Transaction) => Synchronous<T>, fence?: Fence): T;
  /** Another number after each commit, of this connection or of any other. */
  dataVersion(): number;
  /** Ends all statements and the connection; a second call does nothing. */
  close(): void;
}

/** Opens the store of a data directory for reading and writing. Throws `unavailable`. */
export function openStore(dataDir: string, clock: () => number = Date.now): Store {
  return wrap(openDatabase(dataDir), dataDir, clock);
}

/** Opens a store that can only read; its `write` throws. Throws `unavailable`. */
export function openReadOnlyStore(dataDir: string): Store {
  return wrap(openReader(dataDir), dataDir, Date.now);
}

function wrap(db: Database, dataDir: string, clock: () => number): Store {
  const path = databasePath(dataDir);
  const statements = new Statements(db);
  const guard = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw storeFailure(error, path);
    }
  };
  const reader: Reader = {
    all: <Row>(name: string, parameters: Parameters = {}) =>
      guard(() => statements.named(name).all(parameters) as Row[]),
    one: <Row>(name: string, parameters: Parameters = {}) =>
      guard(() => (statements.named(name).get(parameters) ?? undefined) as Row | undefined),
  };
  const change = (name: string, parameters: Parameters = {}) =>
    statements.named(name).run(parameters).changes;
  let ownCommits = 0;
  return {
    ...reader,
    path,
    dataDir,
    write: (action, fence) =>
      guard(() => {
        const run = db.transaction(() => {
          const now = clock();
          refuseOtherSchema(db, path);
          if (fence) checkFence(reader, fence, now);
          return action({ ...reader, now, change });
        });
        const result = run.immediate();
        ownCommits += 1;
        return result;
      }),
    // SQLite counts what others commit, not what this connection does.
    dataVersion: () => guard(() => statements.dataVersion()) + ownCommits,
    close: () => {
      statements.close();
      closeDatabase(db);
    },
  };
}

/** Statements that are prepared once, at their first use, and kept. */
class Statements {
  readonly #named = new Map<string, Statement<unknown, SQLQueryBindings[]>>();
  readonly #version: Statement<unknown, []>;

  constructor(private readonly db: Database) {
    this.#version = db.prepare("pragma data_version");
  }

  named(name: string): Statement<unknown, SQLQueryBindings[]> {
    const known = this.#named.get(name);
    if (known) return known;
    const statement = this.db.prepare(statementText(name));
    this.#named.set(name, statement);
    return statement;
  }

  dataVersion(): number {
    return Number(this.#version.values()[0]?.[0]);
  }

  close(): void {
    for (const statement of this.#named.values()) statement.finalize();
    this.#named.clear();
    this.#version.finalize();
  }
}

function refuseOtherSchema(db: Database, path: string): void {
  const found = pragmaNumber(db, "user_version");
  if (found === schemaVersion) return;
  throw new AoError(
    "unavailable",
    `another ao has migrated ${path} from schema ${schemaVersion} to ${found}`,
    "start this command again with the newer `ao`",
  );
}

function checkFence(reader: Reader, fence: Fence, now: number): void {
  const held = reader.one("leaseHeld", { name: fence.name, token: fence.token, now });
  if (!held) throw new AoError("conflict", `lease ${fence.name} was lost to another process`);
}
