/** What the part of the address after `#` asks for: `#/runs/ID?x=latency_ms`. */
import { signal } from "@preact/signals";

export type Place =
  | { readonly page: "runs" | "devices" | "new" }
  | { readonly page: "compare"; readonly runs: readonly string[] }
  | { readonly page: "run"; readonly run: string }
  | { readonly page: "trial"; readonly run: string; readonly trial: number }
  | { readonly page: "unknown"; readonly path: string };

export interface Route {
  readonly place: Place;
  /** What a page wrote there of its state, so that a link or a reload shows the same again. */
  readonly settings: URLSearchParams;
}

/** @param hash as `location.hash` has it, with or without `#`. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#/, "");
  const cut = text.indexOf("?");
  const path = cut < 0 ? text : text.slice(0, cut);
  const settings = new URLSearchParams(cut < 0 ? "" : text.slice(cut + 1));
  return { place: placeOf(path, settings), settings };
}

function placeOf(path: string, settings: URLSearchParams): Place {
  const parts = path.split("/").filter((part) => part !== "");
  const words = parts.map(decoded);
  const [first, id, second, number] = words;
  if (words.includes(undefined)) return { page: "unknown", path };
  if (parts.length === 0 || (first === "runs" && parts.length === 1)) return { page: "runs" };
  if (first === "runs" && id !== undefined && parts.length === 2) return { page: "run", run: id };
  if (first === "runs" && id !== undefined && second === "trials" && parts.length === 4 && /^\d{1,9}$/.test(number ?? "")) {
    return { page: "trial", run: id, trial: Number(number) };
  }
  if ((first === "devices" || first === "new") && parts.length === 1) return { page: first };
  if (first === "compare" && parts.length === 1) return { page: "compare", runs: settings.getAll("run") };
  return { page: "unknown", path };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

export const linkTo = {
  runs: "#/",
  devices: "#/devices",
  new: "#/new",
  run: (run: string) => `#/runs/${encodeURIComponent(run)}`,
  trial: (run: string, trial: number) => `#/runs/${encodeURIComponent(run)}/trials/${trial}`,
  compare: (runs: readonly string[]) => `#/compare?${new URLSearchParams(runs.map((run) => ["run", run]))}`,
};

/** Where the page is. */
export const route = signal<Route>(parseRoute(""));

/** Follows the address bar. */
export function followAddress(): void {
  const read = () => {
    route.value = parseRoute(location.hash);
  };
  addEventListener("hashchange", read);
  read();
}

/** Keeps a page's state in the address without a new step of the browser's history, and without drawing the page anew. */
export function rememberInAddress(settings: URLSearchParams): void {
  const path = location.hash.replace(/^#/, "").split("?")[0] ?? "";
  const text = settings.toString();
  history.replaceState(history.state, "", `#${path || "/"}${text === "" ? "" : `?${text}`}`);
}
