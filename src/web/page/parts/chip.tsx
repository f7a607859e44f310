import { labelOf, type Tone, toneOf } from "../model/status.ts";

/** A status in words, with the colour of what it wants; the words alone say it all. */
export function StatusChip({ status }: { status: string }) {
  return <Chip tone={toneOf(status)} text={labelOf(status)} />;
}

/** A short word with a coloured dot. */
export function Chip({ tone, text }: { tone: Tone; text: string }) {
  return (
    <span class={`chip tone-${tone}`}>
      <span class="dot" aria-hidden="true" />
      {text}
    </span>
  );
}
