import { useState } from "preact/hooks";

import { act, pathOf } from "../live/http.ts";
import { cache } from "../live/page.ts";
import { useAction } from "../live/use-action.ts";
import type { Pull } from "../model/pull.ts";
import { Confirm } from "../parts/confirm.tsx";

/** Merges exactly the head that is shown: one that has moved since is refused by the server. */
export function MergeButton({ pull }: { pull: Pull }) {
  const [shown, setShown] = useState<Pull>();
  const merge = useAction(async () => {
    if (!shown) return;
    await act("POST", pathOf`/prs/${shown.key}/merge`, { headSha: shown.headSha });
    cache.invalidate(new Set(["prs"]));
  });
  const close = () => {
    setShown(undefined);
    merge.clear();
  };
  return (
    <>
      <button
        type="button"
        class={pull.isReady ? "primary" : ""}
        aria-label={`Merge pull request ${pull.number}`}
        onClick={() => setShown(pull)}
      >
        Merge
      </button>
      {shown ? (
        <Confirm
          title={`Merge #${shown.number} into ${shown.baseRef}?`}
          text={`${shown.title}\n\nAt ${shown.headSha.slice(0, 12)}, as shown. ${warning(shown)}`}
          verb="Merge"
          error={merge.error}
          isRunning={merge.isRunning}
          onConfirm={merge.run}
          onClose={close}
        />
      ) : null}
    </>
  );
}

function warning({ isReady }: Pull): string {
  return isReady ? "" : "It is not ready: the server refuses and says why.";
}
