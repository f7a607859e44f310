import * as v from "valibot";

/** A point in time, RFC 3339 in UTC with milliseconds. */
export const time = v.pipe(v.string(), v.isoTimestamp());

export const id = v.pipe(v.string(), v.nonEmpty(), v.maxLength(512));

/** A text that a person wrote on one line. */
export const words = v.pipe(v.string(), v.nonEmpty(), v.maxLength(1024));

/** No fields at all; what is not known is refused, so that a mistyped filter filters nothing. */
export const nothing = v.strictObject({});

/** `?all=true` */
export const flag = v.pipe(
  v.picklist(["true", "false"]),
  v.transform((text) => text === "true"),
);

/** Names with commas between, as `--type` has them. */
export const names = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.transform((text) => text.split(",").map((name) => name.trim())),
);

/** A whole number in a query. */
export function count(smallest: number, largest: number) {
  return v.pipe(
    v.string(),
    v.digits(),
    v.transform(Number),
    v.number(),
    v.minValue(smallest),
    v.maxValue(largest),
  );
}
