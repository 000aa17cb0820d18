// Runs the search of configs/quickstart.yaml; the second step of `npm start`. What it stores lies where the user stands.
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const { INIT_CWD = "." } = process.env;
process.chdir(INIT_CWD);
const experiment = relative(process.cwd(), fileURLToPath(new URL("../configs/quickstart.yaml", import.meta.url)));
process.argv.splice(2, 0, "search", experiment);
await import("../packages/cli/bin/archwright.js");
