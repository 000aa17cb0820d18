/** What stands where there is nothing to show: yet, at all, or because something went wrong. Each says what to do. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ApiError, logIn } from "../data/api.ts";
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
  if (error instanceof ApiError && error.status === 401) return <LogIn />;
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

/** A dashboard that other machines reach wants its token first. */
function LogIn() {
  const [problem, setProblem] = useState<unknown>();
  const enter = (event: SubmitEvent) => {
    event.preventDefault();
    const token = new FormData(event.currentTarget as HTMLFormElement).get("token");
    logIn(String(token)).then(() => location.reload(), setProblem);
  };
  return (
    <form class="empty" onSubmit={enter}>
      <h2>This dashboard has a token</h2>
      <p>It was given to `archwright dashboard` when it was started.</p>
      <label class="field">
        Token
        <input type="password" name="token" required autocomplete="current-password" />
      </label>
      {problem !== undefined && <p role="alert">{shortened(problem instanceof Error ? problem.message : String(problem))}</p>}
      <button type="submit">Enter</button>
    </form>
  );
}
