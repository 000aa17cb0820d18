/** The server's events: one connection for the whole page, which comes back by itself. */
import { signal } from "@preact/signals";

export type Connection = "connecting" | "live" | "lost";
export const connection = signal<Connection>("connecting");

/** `name` is that of the event; `data` its JSON. */
type Listener = (data: unknown) => void;
const listeners = new Map<string, Set<Listener>>();
const names = ["runs", "trials", "log"] as const;
export type EventName = (typeof names)[number] | "connected";

/** Milliseconds until the next try, doubled after each that fails. */
const firstWait = 500;
const longestWait = 15_000;

let source: EventSource | undefined;
let wait = firstWait;

/** Opens the connection; to be called once. */
export function connect(): void {
  source?.close();
  const opened = new EventSource("/api/events");
  source = opened;
  opened.onopen = () => {
    wait = firstWait;
    connection.value = "live";
    // Whatever happened in between was missed: whoever shows something asks for it again.
    tell("connected", undefined);
  };
  opened.onerror = () => {
    connection.value = "lost";
    // A browser gives up by itself after an answer that is no stream; a server that restarts gives some of those.
    if (opened.readyState !== EventSource.CLOSED) return;
    setTimeout(connect, wait);
    wait = Math.min(longestWait, wait * 2);
  };
  for (const name of names) {
    opened.addEventListener(name, (event) => tell(name, parsed((event as MessageEvent<string>).data)));
  }
}

/** Calls back at each event of this name; `connected` also after each reconnection. Gives what ends it. */
export function onEvent(name: EventName, listener: Listener): () => void {
  const set = listeners.get(name) ?? new Set();
  listeners.set(name, set.add(listener));
  return () => set.delete(listener);
}

function tell(name: EventName, data: unknown): void {
  for (const listener of listeners.get(name) ?? []) listener(data);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
