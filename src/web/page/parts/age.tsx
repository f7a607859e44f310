import { useNow } from "../live/page.ts";
import { ago, clock } from "../model/time.ts";

/** How long ago something was; the exact time on hovering. */
export function Age({ at }: { at: string | number }) {
  const now = useNow();
  const iso = typeof at === "number" ? new Date(at).toISOString() : at;
  return (
    <time class="age" dateTime={iso} title={clock(at, now)}>
      {ago(at, now)}
    </time>
  );
}
