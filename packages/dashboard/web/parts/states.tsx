/** What stands where there is nothing to show: yet, at all, or because something went wrong. Each says what to do. */
import type { ComponentChildren } from "preact";
import { ApiError } from "../data/api.ts";
import { shortened } from "../data/format.ts";

export function Empty({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <p class="muted" role="status">
      Loading {what}…
    </p>
  );
}

export function Problem({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div class="problem" role="alert">
      <h2>{shortened(message)}</h2>
      {error instanceof ApiError && <p>{shortened(error.hint)}</p>}
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
