import { version as packageVersion } from "../package.json";

declare const AO_COMMIT: string;

/** The version of this program, as in `package.json`. */
export const version: string = packageVersion;

/** The commit it was built from, `-dirty` with changes; `dev` when run from source. */
export const commit: string = typeof AO_COMMIT === "undefined" ? "dev" : AO_COMMIT;
