import { pathOf } from "../live/http.ts";
import { useResource } from "../live/page.ts";
import { labelOf } from "../model/status.ts";
import type { Session, Why } from "../model/wire.ts";
import { Age } from "../parts/age.tsx";
import { Failure } from "../parts/empty.tsx";

/** The evidence behind a session's status, as `ao why` prints it. */
export function Evidence({ session }: { session: Session }) {
  const tags = [`session:${session.id}`, `messages:${session.id}`];
  const { value, error } = useResource<Why>(pathOf`/sessions/${session.id}/why`, tags);
  return (
    <section class="panel">
      <h2>Why: {labelOf(session.status)}</h2>
      <Failure text={error?.message} />
      {value ? <Explained why={value} /> : null}
    </section>
  );
}

function Explained({ why: { rule, evidence, contradictions, operation } }: { why: Why }) {
  return (
    <>
      <p class="rule">{rule}</p>
      {operation ? (
        <p>
          Under way: {operation.kind}, step {operation.step}
        </p>
      ) : null}
      {contradictions.map((text) => (
        <p key={text} class="failure">
          {text}
        </p>
      ))}
      <ul class="evidence">
        {evidence.map(({ source, verdict, detail, at }) => (
          <li key={source}>
            <b>{source}</b> <span>{labelOf(verdict)}</span> <Age at={at} />
            {detail === "" ? null : <p class="wrap">{detail}</p>}
          </li>
        ))}
      </ul>
    </>
  );
}
