import { useState } from "preact/hooks";

import { act, pathOf } from "../live/http.ts";
import { useAction } from "../live/use-action.ts";
import { Failure } from "../parts/empty.tsx";

/** Hands an existing pull request to a session; another session's only when that is said. */
export function ClaimForm({ id }: { id: string }) {
  const [pr, setPr] = useState("");
  const [allowTakeover, setTakeover] = useState(false);
  const claim = useAction(async () => {
    await act("POST", pathOf`/sessions/${id}/pr/claim`, { pr: pr.trim(), allowTakeover });
    setPr("");
  });
  return (
    <form
      class="claim"
      onSubmit={(event) => {
        event.preventDefault();
        void claim.run();
      }}
    >
      <input
        aria-label="Pull request to claim"
        placeholder="Claim: #231 or its address"
        value={pr}
        onInput={(event) => setPr(event.currentTarget.value)}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={allowTakeover}
          onChange={(event) => setTakeover(event.currentTarget.checked)}
        />
        from another session too
      </label>
      <button type="submit" class="small" disabled={claim.isRunning || pr.trim() === ""}>
        Claim
      </button>
      <Failure text={claim.error} />
    </form>
  );
}
