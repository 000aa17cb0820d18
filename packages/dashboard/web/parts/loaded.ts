/** What a page has asked for: under way, there, or failed. */
import { useCallback, useEffect, useState } from "preact/hooks";

export interface Loaded<Value> {
  readonly value: Value | undefined;
  readonly error: unknown;
  /** Asks again; what is shown stays until the answer is there. */
  readonly reload: () => void;
}

/**
 * @param key stands for all that `load` depends on: it is asked anew when this changes. An answer to an earlier question is dropped.
 */
export function useLoaded<Value>(load: (signal: AbortSignal) => Promise<Value>, key: string): Loaded<Value> {
  const [state, setState] = useState<{ readonly key: string; readonly value?: Value; readonly error?: unknown }>({ key });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const aborting = new AbortController();
    load(aborting.signal).then(
      (value) => !aborting.signal.aborted && setState({ key, value }),
      (error: unknown) => !aborting.signal.aborted && setState((before) => ({ ...(before.key === key ? before : { key }), error })),
    );
    return () => aborting.abort();
  }, [key, turn]);
  const reload = useCallback(() => setTurn((count) => count + 1), []);
  return state.key === key ? { value: state.value, error: state.error, reload } : { value: undefined, error: undefined, reload };
}
