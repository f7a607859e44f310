import { act } from "./http.ts";

/**
 * Exchanges the code of a link that `ao web` made for a cookie, where the page was opened by one,
 * and takes the code out of the address. Throws `HttpError`.
 */
export async function redeemLogin(): Promise<void> {
  if (location.pathname !== "/login") return;
  const code = location.hash.slice(1);
  history.replaceState(null, "", "/#/");
  await act("POST", "/login", { code });
}
