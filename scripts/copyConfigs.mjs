// Copies the devices and spaces that are shipped into the built command line; part of the package's build.
import { cpSync, rmSync } from "node:fs";

const copies = new URL("../packages/cli/dist/configs/", import.meta.url);
rmSync(copies, { recursive: true, force: true });
for (const folder of ["devices", "spaces"]) {
  cpSync(new URL(`../configs/${folder}`, import.meta.url), new URL(folder, copies), { recursive: true });
}
