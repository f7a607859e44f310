import { isoTime } from "../../domain/time.ts";
import { cookieSeconds } from "../guard.ts";
import { type Route, route } from "../route.ts";
import { loggedInSchema, loginBody, loginLinkSchema } from "../schema/login.ts";

export const loginRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/api/v1/login/link",
    operationId: "beginLogin",
    summary: "Make a single-use link that logs a browser in; it is good for 30 seconds",
    answer: loginLinkSchema,
    status: 201,
    handle: ({ web }) => {
      const { file, url, expiresAt } = web.logins.begin();
      return { file, url, expiresAt: isoTime(expiresAt) };
    },
  }),
  route({
    method: "POST",
    path: "/api/v1/login",
    operationId: "logIn",
    summary: "Exchange the code of such a link for a cookie",
    body: loginBody,
    answer: loggedInSchema,
    isOpen: true,
    handle: ({ web, setHeader }, { body }) => {
      web.logins.redeem(body.code);
      const now = Date.now();
      setHeader("set-cookie", web.guard.cookie(now));
      return { expiresAt: isoTime(now + cookieSeconds * 1_000) };
    },
  }),
];
