#!/usr/bin/env node
import { run } from "./run.ts";

// Whoever reads the result may have read enough, as 'head' does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2));
