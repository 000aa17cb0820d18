/** Lets a dashboard listen on a port. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { InputError } from "@archwright/core/base";
import { createAdaptorServer } from "@hono/node-server";
import type { Dashboard } from "./dashboard.ts";
import { bracketed, isLoopback } from "./security/hosts.ts";

export interface ServeOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Takes any free port where this one is taken. */
  readonly otherPort?: boolean;
}

export interface Listening {
  /** `http://localhost:8470` */
  readonly url: string;
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Refuses to show runs to other machines without a token. @throws InputError */
export function requireTokenElsewhere(host: string, token: string | undefined): void {
  if (isLoopback(host) || token !== undefined) return;
  throw new InputError(`the dashboard would be open to other machines on '${host}' without a token`, {
    expected: "a token of at least 16 characters beside a host that is not this machine alone",
    suggestion: `--token ${crypto.randomUUID()}`,
    advice:
      "or leave out --host, so that only this machine reaches it; a token in the variable ARCHWRIGHT_DASHBOARD_TOKEN is not seen in lists of processes",
  });
}

/** @throws InputError where the port is taken, or the host is not this machine's. */
export async function serveDashboard(dashboard: Dashboard, { host, port, otherPort = false }: ServeOptions): Promise<Listening> {
  const server = createAdaptorServer({ fetch: dashboard.fetch, overrideGlobalObjects: false });
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (otherPort && (code === "EADDRINUSE" || code === "EACCES")) return serveDashboard(dashboard, { host, port: 0 });
    throw refused(host, port, code, message);
  }
  const taken = (server.address() as AddressInfo).port;
  return {
    url: `http://${isLoopback(host) ? "localhost" : bracketed(host)}:${taken}`,
    port: taken,
    close: async () => {
      dashboard.close();
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

function refused(host: string, port: number, code: string | undefined, message: string): InputError {
  if (code === "EADDRINUSE") {
    return new InputError(`port ${port} is taken by another program`, { expected: "a free port; 0 takes any", suggestion: "--port 0" });
  }
  if (code === "EACCES") return new InputError(`port ${port} may not be used`, { expected: "a port above 1023", suggestion: "--port 0" });
  return new InputError(`the dashboard cannot listen on '${host}' (${code ?? message})`, {
    expected: "a name or address of this machine",
    suggestion: "--host localhost",
  });
}
