/** The names by which this server may be called: others lead here only by a foreign page whose name was bent to this address. */
import { hostname, networkInterfaces } from "node:os";

/** Whether a host's name or address means this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Addresses that mean all of a machine's. */
const everyAddress = new Set(["0.0.0.0", "::", "[::]"]);

/** The names that requests may name as their host, in small letters and without a port. @param host that the server listens on. */
export function allowedHosts(host: string): ReadonlySet<string> {
  const allowed = new Set(["localhost", "127.0.0.1", "[::1]", bracketed(host)]);
  if (everyAddress.has(host)) {
    allowed.delete(bracketed(host));
    allowed.add(hostname().toLowerCase());
    for (const addresses of Object.values(networkInterfaces())) {
      for (const { address } of addresses ?? []) allowed.add(bracketed(address));
    }
  }
  return allowed;
}

/** An address of version 6 stands in brackets where a port may follow. */
export function bracketed(host: string): string {
  const plain = host.toLowerCase();
  return plain.includes(":") && !plain.startsWith("[") ? `[${plain}]` : plain;
}

/** The host of a header `Host`, without its port; undefined where it is none. */
export function hostOf(header: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.exec(header ?? "")?.[1]?.toLowerCase();
}
