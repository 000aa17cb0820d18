/** The HTTP API as the page asks it. */

/** An answer that is none: what happened, and what to do about it. */
export class ApiError extends Error {
  readonly hint: string;
  /** The HTTP status, absent where there was no answer. */
  readonly status: number | undefined;

  constructor(message: string, hint: string, status?: number) {
    super(message);
    this.hint = hint;
    this.status = status;
  }
}

/**
 * The JSON at a path of the API.
 * @param parts of the path, each encoded: names may hold anything.
 * @throws ApiError
 */
export async function get<Answer>(
  parts: readonly (string | number)[],
  { query = {}, signal }: { readonly query?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  const search = new URLSearchParams(query).toString();
  const path = `/api/${parts.map((part) => encodeURIComponent(part)).join("/")}${search === "" ? "" : `?${search}`}`;
  let response: Response;
  try {
    response = await fetch(path, { headers: { accept: "application/json" }, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(
      "The dashboard's server does not answer.",
      "Is `archwright dashboard` still running? This page tries again by itself.",
    );
  }
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as Answer;
}

/** Trades the token for a cookie. @throws ApiError */
export async function logIn(token: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch("/api/login", { method: "POST", headers, body: JSON.stringify({ token }) });
  if (!response.ok) throw await errorOf(response);
}

async function errorOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const body: unknown = await response.json().catch(() => undefined);
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : body;
  const text = (key: string) => {
    const found = typeof error === "object" && error !== null && key in error ? (error as Record<string, unknown>)[key] : undefined;
    return typeof found === "string" ? found : undefined;
  };
  const message = (typeof error === "string" ? error : text("message")) ?? `The server answered with status ${status}.`;
  const hint = [
    text("expected") && `Expected: ${text("expected")}.`,
    text("suggestion") && `Write instead: ${text("suggestion")}`,
    text("advice") && sentence(text("advice") ?? ""),
  ];
  return new ApiError(sentence(message), hint.filter(Boolean).join(" ") || hintFor(status), status);
}

/** With a capital letter and a full stop. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) return "Open the address that `archwright dashboard` printed: it holds the token.";
  if (status === 404) return "It may have been deleted, or belong to another store.";
  return "`archwright dashboard` says in its terminal what went wrong.";
}
