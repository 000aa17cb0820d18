/** Types of `supportedNode.js`, which is JavaScript so that older Node.js can run it unbuilt. */
export const wanted: string;
export function refusal(version: string): string | undefined;
