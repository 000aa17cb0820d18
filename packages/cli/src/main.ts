#!/usr/bin/env node
import { run } from "./shell/run.ts";
import { outliveReaders } from "./shell/streams.ts";

outliveReaders();
process.exitCode = await run(process.argv.slice(2));
