export const wanted: string;
export function refusal(version: string): string | undefined;
