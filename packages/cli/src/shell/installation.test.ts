import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { repairCommand } from "./installation.ts";

it("says what to type by how the program was installed", () => {
  const folder = mkdtempSync(join(tmpdir(), "archwright-installation-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const project = join(folder, "my project");
  for (const path of [project, join(folder, "clone")]) {
    mkdirSync(path);
    writeFileSync(join(path, "package.json"), "{}");
  }
  const inProject = join(project, "node_modules/archwright/dist/shell/installation.js");
  expect(repairCommand(inProject, project)).toBe("npm install --ignore-scripts");
  expect(repairCommand(inProject, folder)).toBe(`npm install --ignore-scripts --prefix "${project}"`);
  expect(repairCommand(join(folder, "clone/packages/cli/dist/shell/installation.js"), "/")).toBe(
    `npm install --ignore-scripts --prefix ${join(folder, "clone")}`,
  );
  expect(repairCommand(join(folder, "lib/node_modules/archwright/dist/shell/installation.js"), project)).toBe(
    "npm install --global --ignore-scripts archwright",
  );
});
