import m0001 from "../../sql/migrations/0001_init.sql" with { type: "text" };
import claim from "../../sql/queries/claim.sql" with { type: "text" };
import consumer from "../../sql/queries/consumer.sql" with { type: "text" };
import conversation from "../../sql/queries/conversation.sql" with { type: "text" };
import delivery from "../../sql/queries/delivery.sql" with { type: "text" };
import event from "../../sql/queries/event.sql" with { type: "text" };
import evidence from "../../sql/queries/evidence.sql" with { type: "text" };
import feedback from "../../sql/queries/feedback.sql" with { type: "text" };
import integrity from "../../sql/queries/integrity.sql" with { type: "text" };
import lease from "../../sql/queries/lease.sql" with { type: "text" };
import message from "../../sql/queries/message.sql" with { type: "text" };
import notification from "../../sql/queries/notification.sql" with { type: "text" };
import observation from "../../sql/queries/observation.sql" with { type: "text" };
import operation from "../../sql/queries/operation.sql" with { type: "text" };
import pr from "../../sql/queries/pr.sql" with { type: "text" };
import project from "../../sql/queries/project.sql" with { type: "text" };
import session from "../../sql/queries/session.sql" with { type: "text" };
import triggers from "../../sql/triggers.sql" with { type: "text" };
import views from "../../sql/views.sql" with { type: "text" };

/** Index + 1 is the `user_version` that a migration leads to. */
export const migrations: readonly string[] = [m0001];

/** Views before triggers: the triggers read them. */
export const code = `${views}\n${triggers}`;

const files = [
  claim,
  consumer,
  conversation,
  delivery,
  event,
  evidence,
  feedback,
  integrity,
  lease,
  message,
  notification,
  observation,
  operation,
  pr,
  project,
  session,
];

/** Every named statement of `sql/queries`. */
export const queries: ReadonlyMap<string, string> = parseQueries(files);

/** The text of a named statement. Throws when there is none. */
export function statementText(name: string): string {
  const text = queries.get(name);
  if (text === undefined) throw new Error(`no statement is named ${name}`);
  return text;
}

/** Splits files at their `-- name: x` lines. Throws when a name stands twice. */
export function parseQueries(texts: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const text of texts) {
    for (const block of text.split(/^-- name: (?=\w)/m).slice(1)) {
      const end = block.indexOf("\n");
      const name = block.slice(0, end).trim();
      if (found.has(name)) throw new Error(`statement ${name} stands twice under sql/queries`);
      found.set(name, block.slice(end + 1).trim());
    }
  }
  return found;
}
