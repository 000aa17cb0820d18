// Says whether this Node.js is one that the program runs on, in syntax that older ones understand.

/** As in `engines` of package.json. */
export const wanted = "^20.19.0 || ^22.12.0 || >=24";

/** Undefined where the version will do, else what to say. */
export function refusal(version) {
  const parts = version.split(".");
  const major = Number(parts[0]);
  const minor = Number(parts[1]);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24) return undefined;
  return `archwright: this is Node.js ${version}\n  expected: Node.js 20.19 or later of 20, 22.12 or later of 22, or 24 and later\n`;
}
