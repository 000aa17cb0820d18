/** Refuses requests by where they come from: under a foreign name, from a foreign page, or without the token. */
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { HttpError } from "../errors.ts";
import { hostOf } from "./hosts.ts";
import { cookieName, type TokenCheck } from "./token.ts";

export interface GuardOptions {
  /** See `allowedHosts`. */
  readonly hosts: ReadonlySet<string>;
  /** Where there is one, nothing of the API is had without it. */
  readonly token: TokenCheck | undefined;
}

/** What may be asked without the token: logging in. */
const open = new Set(["/api/login"]);

/** Types of content that no page of another host can send without asking first. */
const types = ["application/json", "application/octet-stream"];

export function createGuard({ hosts, token }: GuardOptions): MiddlewareHandler {
  return async (context, next) => {
    refuseForeignHost(context, hosts);
    const { path, method } = context.req;
    const isApi = path === "/api" || path.startsWith("/api/");
    const writes = method !== "GET" && method !== "HEAD";
    if (isApi || writes) refuseForeignPage(context, writes);
    if (writes) refuseSimpleContent(context);
    if (isApi && token && !open.has(path)) requireToken(context, token);
    await next();
  };
}

/** DNS rebinding: a foreign name that is made to mean this address, so that a browser takes foreign pages for pages of ours. */
function refuseForeignHost(context: Context, hosts: ReadonlySet<string>): void {
  const host = hostOf(calledBy(context));
  if (host !== undefined && hosts.has(host)) return;
  throw new HttpError(403, "forbidden", "the dashboard is not known by this name", {
    expected: `one of the hosts ${[...hosts].join(", ")}`,
    advice: "start it with --host NAME to use it under another name",
  });
}

/** Browsers say which page a request comes from; programs say nothing. */
function refuseForeignPage(context: Context, writes: boolean): void {
  const site = context.req.header("sec-fetch-site");
  const origin = context.req.header("origin");
  // `none`: typed by a person, who cannot write that way.
  const foreignSite = site !== undefined && site !== "same-origin" && (writes || site !== "none");
  if (!foreignSite && (origin === undefined || isOwn(origin, calledBy(context)))) return;
  throw new HttpError(403, "forbidden", "pages of other hosts may not use the dashboard", {
    expected: "a request of the dashboard's own page",
  });
}

/** Of a request that came over HTTP always the header `Host`. */
function calledBy(context: Context): string {
  return context.req.header("host") ?? new URL(context.req.url).host;
}

function isOwn(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** A form of a foreign page can send text and forms without asking, and nothing else. */
function refuseSimpleContent(context: Context): void {
  const type = context.req.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== undefined && types.includes(type)) return;
  throw new HttpError(
    415,
    "usage",
    type === undefined ? "the request does not name its content's type" : `content of the type '${type.slice(0, 100)}' is not taken`,
    {
      expected: `one of the types ${types.join(", ")}`,
      suggestion: "Content-Type: application/json",
    },
  );
}

function requireToken(context: Context, token: TokenCheck): void {
  const bearer = /^Bearer (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
  if (bearer !== undefined ? token.isToken(bearer) : token.isCookie(getCookie(context, cookieName) ?? "")) return;
  throw new HttpError(401, "unauthorized", bearer === undefined ? "the dashboard needs its token" : "this is not the dashboard's token", {
    expected: "Authorization: Bearer TOKEN, with the token that the dashboard was started with",
  });
}
