/** As in `engines` of package.json. */
export const wanted: string;

/** Undefined where the version will do, else what to say. */
export function refusal(version: string): string | undefined;
