/** A server that gives the page made-up answers of the API's shape, as many and as strange as a test wants, and serves the page. */
import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import type { DashboardEvents, PointsAnswer, RunAnswer, RunDetailAnswer, TrialAnswer } from "@archwright/dashboard";

/** What it answers; a test may change it while it serves. */
export interface FakeStore {
  runs: RunAnswer[];
  details: Record<string, RunDetailAnswer>;
  /** One answer for each call, by run; `since` is the index. */
  points: Record<string, PointsAnswer[]>;
  trial(run: string, number: number): TrialAnswer | undefined;
  /** Further answers, by path. */
  others: Record<string, unknown>;
}

export interface FakeApi {
  readonly address: string;
  readonly store: FakeStore;
  /** To every open page. */
  send<Name extends keyof DashboardEvents>(name: Name, data: DashboardEvents[Name]): void;
  /** How many pages listen to events. */
  listeners(): number;
  /** Ends every event stream, as a server that restarts does. */
  hangUp(): void;
  close(): Promise<void>;
}

/** What a browser is told of the page: scripts, styles and connections of its own only. */
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'";
const types: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };

/** Of a run of which nothing can be said yet. */
const nothingKnown: Readonly<Record<string, unknown>> = {
  progress: { hypervolume: null, gates: [], budgets: [] },
  choices: { importance: [], best_options: { front: 0, others: 0, options: [] } },
};

/** @param page the folder that the page was built into. */
export async function serveFakeApi(page: string, store: FakeStore): Promise<FakeApi> {
  const streams = new Set<ServerResponse>();
  const json = (response: ServerResponse, body: unknown, status = 200) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const missing = (response: ServerResponse, what: string) =>
    json(response, { error: { code: "not-found", message: `there is no ${what}`, expected: null, suggestion: null, advice: null } }, 404);

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const parts = pathname.split("/").slice(1).map(decodeURIComponent);
    if (parts[0] !== "api") {
      const file = pathname === "/" ? "index.html" : normalize(pathname);
      readFile(join(page, file)).then(
        (content) => {
          const type = types[file.split(".").pop() ?? ""] ?? "application/octet-stream";
          response.writeHead(200, { "content-type": `${type}; charset=utf-8`, "content-security-policy": policy }).end(content);
        },
        () => response.writeHead(404).end(),
      );
      return;
    }
    const [, kind, run = "", what, number] = parts;
    if (pathname === "/api/events") {
      response.writeHead(200, { "content-type": "text/event-stream" }).write('retry: 200\nevent: hello\ndata: {"version":"0"}\n\n');
      streams.add(response);
      request.on("close", () => streams.delete(response));
      return;
    }
    if (pathname in store.others) return json(response, store.others[pathname]);
    if (kind === "runs" && parts.length === 2) return json(response, { runs: store.runs });
    if (kind === "runs" && what === undefined) {
      return run in store.details ? json(response, store.details[run]) : missing(response, "such run");
    }
    if (kind === "runs" && what === "points") {
      const answers = store.points[run] ?? [];
      const index = Number(searchParams.get("since") ?? 0);
      const last = answers.at(-1);
      const nothing = last && { ...last, cursor: String(answers.length), more: false, ...empty(last) };
      return json(response, answers[index] ?? nothing);
    }
    if (kind === "runs" && what !== undefined && what in nothingKnown) return json(response, nothingKnown[what]);
    const trial = kind === "runs" && what === "trials" ? store.trial(run, Number(number)) : undefined;
    return trial ? json(response, trial) : missing(response, `route ${pathname}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const hangUp = () => {
    for (const stream of streams) stream.destroy();
    streams.clear();
  };
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    store,
    send: (name, data) => {
      for (const stream of streams) stream.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    listeners: () => streams.size,
    hangUp,
    close: () => {
      hangUp();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function empty(answer: PointsAnswer): Partial<PointsAnswer> {
  const none = (columns: Readonly<Record<string, unknown>>) => Object.fromEntries(Object.keys(columns).map((name) => [name, []]));
  const columns = { values: none(answer.values), low95: none(answer.low95), high95: none(answer.high95), sd: none(answer.sd) };
  return { number: [], state: [], gate: [], stage: [], ...columns };
}
