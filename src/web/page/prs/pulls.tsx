import { useState } from "preact/hooks";

import { useResource } from "../live/page.ts";
import { inOrder, type Pull } from "../model/pull.ts";
import { Empty, Failure } from "../parts/empty.tsx";
import { PullRow } from "./pull-row.tsx";

/** All pull requests that sessions opened, the ones that can be merged first. */
export function Pulls() {
  const [isAll, setAll] = useState(false);
  const path = isAll ? "/prs?all=true" : "/prs";
  const { value, error } = useResource<{ prs: Pull[] }>(path, ["prs"]);
  const pulls = inOrder(value?.prs ?? []);
  return (
    <main class="list-page">
      <div class="page-head">
        <h1>Pull requests</h1>
        <label class="check">
          <input
            type="checkbox"
            checked={isAll}
            onChange={(event) => setAll(event.currentTarget.checked)}
          />
          Also closed ones
        </label>
      </div>
      <Failure text={error?.message} />
      {value && pulls.length === 0 ? (
        <Empty
          text="No pull request yet. One appears here when an agent opens it."
          type="ao pr ls --all"
        />
      ) : null}
      <ul class="pulls">
        {pulls.map((pull) => (
          <PullRow key={pull.key} pull={pull} />
        ))}
      </ul>
    </main>
  );
}
