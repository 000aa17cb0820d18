/** The server itself: what it offers, and logging in. */
import { createRoute, z } from "@hono/zod-openapi";
import { setCookie } from "hono/cookie";
import { type Api, type ApiContext, answers, otherErrors } from "../api.ts";
import { loginSchema, serverSchema } from "../contract/index.ts";
import { HttpError } from "../errors.ts";
import { cookieName, type TokenCheck } from "../security/token.ts";

const serverRoute = createRoute({
  method: "get",
  path: "/api/server",
  summary: "What this server offers",
  responses: answers("What this server offers", serverSchema),
});

const loginRoute = createRoute({
  method: "post",
  path: "/api/login",
  summary: "Gives a page a cookie for the token, so that it need not keep the token",
  request: { body: { required: true, content: { "application/json": { schema: loginSchema } } } },
  responses: {
    200: {
      description: "A cookie that pages of this server send by themselves",
      content: { "application/json": { schema: z.object({}) } },
    },
    ...otherErrors,
  },
});

export function addServerRoutes(
  api: Api,
  { services }: ApiContext,
  { version, store, token }: { readonly version: string; readonly store: string; readonly token: TokenCheck | undefined },
): void {
  api.openapi(serverRoute, (c) =>
    c.json(
      { version, store, exports: [...(services?.exports ?? [])], services: services !== undefined, fleet: services?.fleet !== undefined },
      200,
    ),
  );

  api.openapi(loginRoute, (c) => {
    if (token && !token.isToken(c.req.valid("json").token)) {
      throw new HttpError(401, "unauthorized", "this is not the dashboard's token", {
        expected: "the token that the dashboard was started with",
      });
    }
    if (token) setCookie(c, cookieName, token.cookie, { httpOnly: true, sameSite: "Strict", path: "/" });
    return c.json({}, 200);
  });
}
