#!/usr/bin/env node
// What `archwright` starts. It is there before the build, so that npm can link it, and its syntax is understood by older
// Node.js, so that they hear which version is needed.

/** npm runs a script, and a workspace's command, in the package's folder; what the user types is meant from where the user stands. */
function standWhereUserStands() {
  const { INIT_CWD, npm_lifecycle_event, npm_lifecycle_script, npm_package_json } = process.env;
  const typed = npm_lifecycle_event === "archwright" || (npm_lifecycle_event === "npx" && /^['"]?archwright/.test(npm_lifecycle_script));
  if (!typed || INIT_CWD === undefined || npm_package_json === undefined) return;
  if (npm_package_json.replace(/[\\/]package\.json$/, "") === process.cwd()) process.chdir(INIT_CWD);
}

function fail(text) {
  process.stderr.write(text);
  process.exitCode = 1;
}

import("./supportedNode.js")
  .then(({ refusal }) => {
    const text = refusal(process.versions.node);
    if (text !== undefined) return fail(text);
    standWhereUserStands();
    return import("../dist/main.js");
  })
  .catch((error) => {
    const unbuilt = error.code === "ERR_MODULE_NOT_FOUND" && /dist.main\.js/.test(error.message);
    if (!unbuilt) throw error;
    fail("archwright: the program is not built yet\n  write instead: npm run setup\n");
  });
