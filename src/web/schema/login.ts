import * as v from "valibot";

import { time } from "./parts.ts";

export const loginLinkSchema = v.object({
  /** A file (0600) that sends a browser of this machine to the dashboard; gone with the code. */
  file: v.string(),
  /** The same for a browser elsewhere, through a tunnel to this port. */
  url: v.string(),
  expiresAt: time,
});

export const loginBody = v.strictObject({
  code: v.pipe(v.string(), v.nonEmpty(), v.maxLength(128)),
});

export const loggedInSchema = v.object({ expiresAt: time });
