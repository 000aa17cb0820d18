/** A dashboard that listens, on a store with a run of made-up scores, for tests. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Store } from "@archwright/core/experiment";
import { createDashboard, type DashboardOptions, serveDashboard } from "@archwright/dashboard";
import { createMemoryStore } from "@archwright/engine";
import { afterAll } from "vitest";
import { experimentOf, runSession } from "../../packages/engine/src/run/toy.fixture.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** @throws where it is no JSON. */
  json(): unknown;
}

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Served {
  readonly url: string;
  readonly port: number;
  readonly store: Store;
  /** Sends exactly these headers, also those that `fetch` keeps for itself. */
  send(sent: Sent): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, content: unknown, headers?: Sent["headers"]): Promise<Answer>;
  close(): Promise<void>;
}

/** Ends when the file's tests are over. */
export async function served(options: Partial<DashboardOptions> = {}): Promise<Served> {
  const store = options.store ?? createMemoryStore();
  const dashboard = createDashboard({ storeFile: "made up", version: "0.0.0", host: "localhost", ...options, store });
  const listening = await serveDashboard(dashboard, { host: "127.0.0.1", port: 0 });
  let open = true;
  const close = async () => {
    if (open) await listening.close();
    open = false;
  };
  afterAll(close);
  const send = (sent: Sent) => sendTo(listening.port, sent);
  return {
    ...{ url: listening.url, port: listening.port, store, send, close },
    get: (path) => send({ path }),
    post: (path, content, headers = {}) =>
      send({ method: "POST", path, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(content) }),
  };
}

async function sendTo(port: number, { method = "GET", path, headers = {}, body }: Sent): Promise<Answer> {
  const asked = request({ host: "127.0.0.1", port, method, path, agent: false, headers: { host: `localhost:${port}`, ...headers } });
  // The server may answer and hang up before it has read everything.
  asked.on("error", () => {});
  asked.on("socket", (socket) => socket.on("error", () => {}));
  asked.end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  return { status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) };
}

/** A store with a finished run `toy-1` of 40 evaluations. */
export async function storeWithRun(): Promise<Store> {
  const store = createMemoryStore();
  await runSession({ experiment: await experimentOf({ budgets: "{ peak_memory: 24KiB, latency: 2ms }" }), store });
  return store;
}

export interface Heard {
  readonly event: string;
  readonly data: unknown;
}

/** Listens to the events of a dashboard. */
export async function listenTo({ port }: Served, headers: Sent["headers"] = {}) {
  const asked = request({ host: "127.0.0.1", port, path: "/api/events", headers: { host: `localhost:${port}`, ...headers } });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  let text = "";
  response.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(text.slice(0, end)) ?? [];
      if (event !== undefined && data !== undefined) heard.push({ event, data: JSON.parse(data) });
      text = text.slice(end + 2);
    }
    for (const check of [...waiting]) check();
  });
  const ended = new Promise<void>((resolve) => response.once("close", resolve));
  response.on("error", () => {});
  return {
    heard,
    ended,
    /** Resolves with the first event that has been heard, or is heard later, and for which this holds. */
    until: (holds: (one: Heard) => boolean) =>
      new Promise<Heard>((resolve) => {
        const check = () => {
          const found = heard.find(holds);
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    close: () => asked.destroy(),
  };
}
