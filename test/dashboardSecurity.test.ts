import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDashboard, type ErrorAnswer, requireTokenElsewhere } from "@archwright/dashboard";
import { createMemoryStore } from "@archwright/engine";
import { afterAll, describe, expect, it } from "vitest";
import { experimentOf } from "../packages/engine/src/run/toy.fixture.ts";
import { type Answer, listenTo, type Sent, served, storeWithRun } from "./support/dashboard.ts";

const TOKEN = "a-token-that-is-long-enough";
const store = await storeWithRun();
const open = await served({ store });
const closed = await served({ store, token: TOKEN });

const codeOf = (answer: Answer) => [answer.status, (answer.json() as ErrorAnswer).error.code];
const forbidden = [403, "forbidden"];
const host = (port: number) => ({ host: `localhost:${port}` });

/** A write that any dashboard takes, so that only a guard can refuse it. */
const login = (headers: Sent["headers"] = {}): Sent => ({
  method: "POST",
  path: "/api/login",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify({ token: TOKEN }),
});

describe("DNS rebinding", () => {
  it.each(["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "8.8.8.8", "[::2]"])(
    "%s is not answered",
    async (name) => {
      for (const path of ["/api/runs", "/", "/assets/main.js", "/api/events"]) {
        expect(codeOf(await open.send({ path, headers: { host: name } }))).toEqual(forbidden);
      }
    },
  );

  it.each(["localhost", "localhost:8470", "LOCALHOST", "127.0.0.1:1", "[::1]:8470"])("%s is this machine", async (name) => {
    expect((await open.send({ path: "/api/runs", headers: { host: name } })).status).toBe(200);
  });

  it("a request without a host is not answered", async () => {
    const socket = connect(open.port, "127.0.0.1");
    let text = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    socket.end("GET /api/runs HTTP/1.0\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
    expect(text).toMatch(/^HTTP\/1\.\d 4\d\d /);
    expect(text).not.toContain("toy-1");
  });

  it("a configured name is answered, and no other", async () => {
    const named = await served({ host: "board.example", token: TOKEN });
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await named.send({ path: "/api/runs", headers: { ...headers, host: "board.example:1" } })).status).toBe(200);
    expect(codeOf(await named.send({ path: "/api/runs", headers: { ...headers, host: "other.example" } }))).toEqual(forbidden);
  });
});

describe("pages of other hosts", () => {
  it.each([
    { origin: "http://evil.example" },
    { origin: "null" },
    { origin: "http://localhost" },
    { origin: "https://localhost.evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
  ])("cannot write: %o", async (headers) => {
    expect(codeOf(await open.send(login({ ...host(open.port), ...headers } as Record<string, string>)))).toEqual(forbidden);
  });

  it("cannot read, and are given no leave to", async () => {
    for (const site of ["cross-site", "same-site"]) {
      expect(codeOf(await open.send({ path: "/api/runs", headers: { "sec-fetch-site": site } }))).toEqual(forbidden);
    }
    expect(codeOf(await open.send({ path: "/api/runs", headers: { origin: "http://evil.example" } }))).toEqual(forbidden);
    const preflight = await open.send({
      method: "OPTIONS",
      path: "/api/runs",
      headers: { origin: "http://evil.example", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBeGreaterThanOrEqual(400);
    for (const { headers } of [preflight, await open.get("/api/runs")]) {
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", undefined])(
    "cannot send what a form sends: %s",
    async (type) => {
      const { "content-type": _, ...headers } = { ...host(open.port), "content-type": "" };
      const answer = await open.send({ ...login(), headers: type === undefined ? headers : { ...headers, "content-type": type } });
      expect(codeOf(answer)).toEqual([415, "usage"]);
    },
  );

  it("are not those of the dashboard itself, nor programs", async () => {
    const origin = `http://localhost:${open.port}`;
    for (const headers of [{}, { origin, "sec-fetch-site": "same-origin" }]) {
      expect((await open.send(login({ ...host(open.port), ...headers }))).status).toBe(200);
      expect((await open.send({ path: "/api/runs", headers })).status).toBe(200);
    }
  });
});

describe("the token", () => {
  it("is needed for everything of the API, whether it is there or not, and not for the page", async () => {
    const document = (await open.get("/api/openapi.json")).json() as { paths: Record<string, Record<string, unknown>> };
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path.replace("{run}", "toy-1").replace(/\{\w+\}/g, "0")] as const),
    );
    expect(routes.length).toBeGreaterThan(5);
    const headers = { ...host(closed.port), "content-type": "application/json" };
    for (const [method, path] of [
      ...routes,
      ["GET", "/api/openapi.json"],
      ["GET", "/api/nothing"],
      ["DELETE", "/api/runs/toy-1"],
    ] as const) {
      if (path === "/api/login") continue;
      const answer = await closed.send({ method, path, headers, ...(method === "POST" ? { body: "{}" } : {}) });
      expect([method, path, ...codeOf(answer)]).toEqual([method, path, 401, "unauthorized"]);
    }
    expect((await closed.get("/")).status).not.toBe(401);
  });

  it.each(["", "Bearer", "Bearer ", `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(0, -1)}`, `Basic ${TOKEN}`, TOKEN, "Bearer undefined"])(
    "is not '%s'",
    async (authorization) => {
      expect((await closed.send({ path: "/api/runs", headers: { ...host(closed.port), authorization } })).status).toBe(401);
    },
  );

  it("lets in who has it, in a header or by a cookie that does not tell it", async () => {
    const headers = { ...host(closed.port), authorization: `Bearer ${TOKEN}` };
    expect((await closed.send({ path: "/api/runs", headers })).status).toBe(200);
    const answer = await closed.send(login(host(closed.port)));
    const [cookie = ""] = answer.headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/^archwright_session=[\w-]{40,}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(TOKEN);
    const [pair = ""] = cookie.split(";");
    expect((await closed.send({ path: "/api/runs", headers: { ...host(closed.port), cookie: pair } })).status).toBe(200);
    expect((await closed.send({ path: "/api/runs", headers: { ...host(closed.port), cookie: `${pair}x` } })).status).toBe(401);
    const listener = await listenTo(closed, { cookie: pair });
    await listener.until(({ event }) => event === "hello");
    listener.close();
  });

  it("that is wrong gives no cookie", async () => {
    const answer = await closed.send({ ...login(host(closed.port)), body: JSON.stringify({ token: `${TOKEN}x` }) });
    expect(codeOf(answer)).toEqual([401, "unauthorized"]);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  it("does not open the door to foreign pages", async () => {
    const headers = { ...host(closed.port), authorization: `Bearer ${TOKEN}`, origin: "http://evil.example" };
    expect(codeOf(await closed.send(login(headers)))).toEqual(forbidden);
  });

  it("must be one that nobody guesses, and there must be one for other machines", () => {
    const create = (token: string) => () =>
      createDashboard({ store: createMemoryStore(), storeFile: "", version: "", host: "localhost", token });
    expect(create("short")).toThrow("the token is too short");
    expect(create("with spaces in its middle")).toThrow("no header can hold");
    for (const name of ["0.0.0.0", "::", "192.168.1.7", "board.example"]) {
      expect(() => requireTokenElsewhere(name, undefined)).toThrow("open to other machines");
      expect(() => requireTokenElsewhere(name, TOKEN)).not.toThrow();
    }
    for (const name of ["localhost", "127.0.0.1", "::1"]) expect(() => requireTokenElsewhere(name, undefined)).not.toThrow();
  });
});

describe("what a browser may do", () => {
  it.each(["/api/runs", "/api/runs/none", "/", "/assets/none.js", "/api/openapi.json"])("with %s is said in headers", async (path) => {
    const { headers } = await open.get(path);
    const policy = String(headers["content-security-policy"]).split("; ");
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]),
    );
    expect(policy.join()).not.toMatch(/unsafe|\*|https?:/);
    expect(headers).toMatchObject({
      ...{ "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer" },
      ...{ "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin" },
    });
    expect(headers["x-powered-by"]).toBeUndefined();
  });

  it("nobody keeps answers of the API", async () => {
    expect((await open.get("/api/runs")).headers["cache-control"]).toBe("no-store");
  });
});

describe("files", () => {
  const folder = mkdtempSync(join(tmpdir(), "archwright-page-"));
  writeFileSync(join(folder, "index.html"), "the page");
  const secret = `${folder}-secret.txt`;
  writeFileSync(secret, "a secret");
  afterAll(() => {
    for (const path of [folder, secret]) rmSync(path, { recursive: true });
  });
  const name = secret.slice(tmpdir().length + 1);

  it.each([
    `/../${name}`,
    `/assets/../../${name}`,
    `/%2e%2e/${name}`,
    `/..%2f${name}`,
    `/assets/..%2f..%2f${name}`,
    `/..%5c${name}`,
    `//${secret}`,
    `/${secret}`,
    `/assets/%00${name}`,
    `/%252e%252e%252f${name}`,
    `/api/../../${name}`,
    "/../../../../../../../../etc/hosts.allow",
  ])("beside the page's are not had by %s", async (path) => {
    const { send } = await served({ page: folder });
    expect((await send({ path: "/" })).text).toBe("the page");
    const { status, text } = await send({ path });
    expect(text).not.toContain("a secret");
    expect(status).toBe(404);
  });
});

describe("what is too large", () => {
  const large = "x".repeat(10 * 1024 * 1024);

  it("is refused with its limit, whether its length is announced or not", async () => {
    for (const headers of [{}, { "transfer-encoding": "chunked" }]) {
      const answer = await open.send({ ...login({ ...host(open.port), ...headers }), body: JSON.stringify({ token: large }) });
      expect(codeOf(answer)).toEqual([413, "too-large"]);
      expect((answer.json() as ErrorAnswer).error.message).toContain("1 MiB");
    }
  });

  it("in an address is refused, and the server goes on", async () => {
    for (const path of [`/api/runs/${large}`, `/api/runs/toy-1/front?where=${large}`, `/${large}`]) {
      const { status } = await open.send({ path });
      expect([400, 404, 414, 431]).toContain(status);
    }
    expect((await open.get(`/api/runs/${"x".repeat(5_000)}`)).status).toBe(400);
    expect((await open.get("/api/runs")).status).toBe(200);
  });
});

describe("names", () => {
  it("with markup come back as they are, as JSON that no browser takes for a page", async () => {
    const own = createMemoryStore();
    const hostile = `<img src=x onerror=alert(1)>"'</script>\u2028`;
    own.createRun({ name: hostile, experiment: { ...(await experimentOf()), name: hostile }, experimentHash: "h", seed: 0 });
    const { get } = await served({ store: own });
    const answer = await get("/api/runs");
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.json()).toMatchObject({ runs: [{ experiment: hostile }] });
    const unknown = await get(`/api/runs/${encodeURIComponent(hostile)}`);
    expect(unknown.headers["content-type"]).toBe("application/json");
  });
});
