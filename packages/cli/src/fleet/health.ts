/** Serves the health and the metrics of a worker over HTTP. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { InputError } from "@archwright/core";
import type { FleetWorkerStatus } from "@archwright/engine";
import type { WorkerMetrics } from "./metrics.ts";

export interface HealthPlace {
  readonly host: string;
  readonly port: number;
}

/** Reads `8080` or `0.0.0.0:8080`. A bare port is for this machine only. @throws InputError */
export function parseHealthPlace(written: string): HealthPlace {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(written) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) {
    throw new InputError(`--health is '${written}'`, { expected: "a port, or an address and a port", suggestion: "--health 8080" });
  }
  return { host: bracketed ?? plain ?? "127.0.0.1", port };
}

/**
 * Answers `/healthz` (200 where the worker takes jobs, 503 where it does not, and why) and `/metrics`. Whoever reaches the
 * port can read both and change nothing.
 * @throws InputError where it cannot listen there.
 */
export async function serveHealth({ host, port }: HealthPlace, status: () => FleetWorkerStatus, metrics: WorkerMetrics) {
  const server = createServer((request, response) => {
    answer(request, response, status, metrics).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
      response.end(`${error.message}\n`);
    });
  });
  server.listen(port, host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`--health cannot listen at ${host}:${port} (${error.code})`, { expected: "a free port of this machine" });
  });
  const address = server.address();
  return {
    /** The port in use: another than the one asked for where that was 0. */
    port: typeof address === "object" && address !== null ? address.port : port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: () => FleetWorkerStatus,
  metrics: WorkerMetrics,
): Promise<void> {
  const path = request.url?.split("?")[0];
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
  } else if (path === "/healthz") {
    const { id, name, slots, devices, draining, redis, inHand, untaken } = status();
    const healthy = redis === "there" && !draining;
    response.writeHead(healthy ? 200 : 503, { "content-type": "application/json" });
    response.end(`${JSON.stringify({ healthy, redis, draining, in_hand: inHand, untaken, id, name, slots, devices })}\n`);
  } else if (path === "/metrics") {
    const text = await metrics.text();
    response.writeHead(200, { "content-type": metrics.contentType }).end(text);
  } else {
    response.writeHead(404, { "content-type": "text/plain" }).end("there are /healthz and /metrics\n");
  }
}
