import { render } from "preact";

import { textOf } from "./live/http.ts";
import { redeemLogin } from "./live/login.ts";
import { startFeed } from "./live/page.ts";
import { Page } from "./shell/page.tsx";
import { SignedOut } from "./shell/signed-out.tsx";
import { applyTheme } from "./shell/theme.ts";

applyTheme();
const root = document.getElementById("app") ?? document.body;
try {
  await redeemLogin();
  startFeed();
  render(<Page />, root);
} catch (error) {
  render(<SignedOut reason={textOf(error)} />, root);
}
