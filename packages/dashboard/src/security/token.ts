/** The token that other hosts need: how it is compared, and the cookie that a page gets for it. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { InputError } from "@archwright/core/base";

/** Shorter ones could be guessed. */
export const SHORTEST_TOKEN = 16;

export const cookieName = "archwright_session";

export interface TokenCheck {
  /** Whether a text is the token; it takes the same time whatever the text is. */
  isToken(text: string): boolean;
  /** Whether a cookie is one that was given for the token. */
  isCookie(value: string): boolean;
  /** The value of the cookie; the token cannot be read from it. */
  readonly cookie: string;
}

/** @throws InputError for a token that could be guessed, or cannot stand in a header. */
export function createTokenCheck(token: string): TokenCheck {
  if (token.length < SHORTEST_TOKEN || !/^[\x21-\x7e]+$/.test(token)) {
    throw new InputError(token.length < SHORTEST_TOKEN ? "the token is too short" : "the token has characters that no header can hold", {
      expected: `at least ${SHORTEST_TOKEN} letters, digits or signs of ASCII, without spaces`,
    });
  }
  const cookie = createHmac("sha256", token).update("archwright dashboard session").digest("base64url");
  return { isToken: (text) => same(text, token), isCookie: (value) => same(value, cookie), cookie };
}

/** Compares digests, which are of one length, so that neither content nor length shows in the time. */
function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
