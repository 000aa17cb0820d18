/** How large what is sent may be. */
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HttpError } from "../errors.ts";

/** Experiments and device profiles as text, and all other JSON. */
export const LARGEST_TEXT_BYTES = 1024 * 1024;
/** Models that are dropped to be estimated. */
export const LARGEST_MODEL_BYTES = 512 * 1024 * 1024;

/** @throws HttpError 413, from the handler that reads the body or before. */
export function limitBody(bytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: bytes,
    onError: () => {
      throw new HttpError(413, "too-large", `what was sent is larger than ${bytes / 1024 / 1024} MiB`, {
        expected: `at most ${bytes} bytes`,
      });
    },
  });
}
