/** Globals that browsers, workers and Node have alike, as far as core uses them. Everything else is ECMAScript. */
export {};

declare global {
  class TextEncoder {
    encode(input: string): Uint8Array;
  }
  class TextDecoder {
    constructor(label?: string, options?: { readonly fatal?: boolean });
    decode(input?: Uint8Array, options?: { readonly stream?: boolean }): string;
  }
}
