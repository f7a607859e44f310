/** The fields of an object; none of anything else. */
export function record(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value));
}

/** The elements of a list; none of anything else. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text as it is; empty for anything else. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The texts of a message's content, in the forms that the protocols know. */
export function textBlocks(content: unknown): string[] {
  if (typeof content === "string") return [content];
  return list(content).flatMap((block) => {
    const { text: found } = record(block);
    return typeof found === "string" ? [found] : [];
  });
}
