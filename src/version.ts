import { version as packageVersion } from "../package.json";

declare const AO_COMMIT: string | undefined;

/** The released version, such as `0.1.0`. */
export const version: string = packageVersion;

/** The commit that the binary was built from, or `dev` when it was not built. */
export const commit: string = typeof AO_COMMIT === "undefined" ? "dev" : AO_COMMIT;
