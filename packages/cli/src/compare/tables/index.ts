/** The table of published tables that have a form of their own. */
import { accelNasBench } from "./accelNasBench.ts";
import { nasBenchMacro } from "./nasBenchMacro.ts";
import type { PublishedTable } from "./publishedTable.ts";
import { transNasMacro, transNasMicro } from "./transNasBench.ts";

export type { PublishedTable } from "./publishedTable.ts";

/** Each also names its space. */
export const publishedTables: readonly PublishedTable[] = [nasBenchMacro, accelNasBench, transNasMicro, transNasMacro];
