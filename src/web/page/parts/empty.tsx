import type { ComponentChildren } from "preact";

/** What stands where nothing is: why, and what to type to change that. */
export function Empty({ text, type }: { text: ComponentChildren; type?: string }) {
  return (
    <div class="empty">
      <p>{text}</p>
      {type === undefined ? null : (
        <p>
          Type <code>{type}</code>
        </p>
      )}
    </div>
  );
}

/** A failure in its own words. */
export function Failure({ text }: { text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p class="failure" role="alert">
      {text}
    </p>
  );
}
