/** A web server as a store of blobs. */
import { InputError } from "@archwright/core/base";
import type { BlobStore } from "./blobStore.ts";

/** A server that sends nothing for this long has stopped. */
const SILENCE_MS = 30_000;

/**
 * Contents on a web server, each at `<base>/<sha256>`.
 * @throws InputError where the base is no address, or carries a password, which would end up in logs.
 */
export function createUrlBlobStore(base: string, { silenceMs = SILENCE_MS }: { readonly silenceMs?: number } = {}): BlobStore {
  const url = parseBase(base);
  return {
    name: url,
    open: async ({ sha256, bytes }) => {
      const silence = createSilence(silenceMs);
      try {
        const response = await fetch(`${url}/${sha256}`, { signal: silence.signal });
        const missing = response.status === 404 || response.status === 410;
        const length = response.headers.get("content-encoding") === null ? response.headers.get("content-length") : null;
        const fits = length === null || Number(length) === bytes;
        if (response.ok && fits && response.body) return listen(response.body, silence);
        silence.end();
        await response.body?.cancel();
        if (missing) return undefined;
        throw new Error(response.ok ? `it would send ${length} bytes instead of ${bytes}` : `it answered with status ${response.status}`);
      } catch (error) {
        silence.end();
        throw plainly(error);
      }
    },
  };
}

function parseBase(base: string): string {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  const expected = "an address such as https://data.example.org/blobs, without user, password or query";
  if (!url || !["http:", "https:"].includes(url.protocol) || url.search || url.hash) {
    throw new InputError("this is no address of a web server", { expected });
  }
  if (url.username || url.password) throw new InputError(`the address of ${url.host} carries a user or password`, { expected });
  return url.href.replace(/\/+$/, "");
}

interface Silence {
  readonly signal: AbortSignal;
  heard(): void;
  end(): void;
}

/** Aborts when nothing was heard for so long. */
function createSilence(ms: number): Silence {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`it sent nothing for ${ms / 1000} s`)), ms);
  return { signal: controller.signal, heard: () => timer.refresh(), end: () => clearTimeout(timer) };
}

async function* listen(body: AsyncIterable<Uint8Array>, silence: Silence): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body) {
      silence.heard();
      yield piece;
    }
  } catch (error) {
    throw plainly(error);
  } finally {
    silence.end();
  }
}

/** `fetch` says only that it failed, and its cause says why. */
function plainly(error: unknown): unknown {
  return error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
}
