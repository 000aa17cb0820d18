/** What a worker logs through. */
import type { Json } from "@archwright/core/base";

/** Says what happened, with what belongs to it: one line of JSON in a log. Never credentials. */
export type Log = (event: string, fields?: Readonly<Record<string, Json | undefined>>) => void;
