#!/usr/bin/env node
import { run } from "./run.ts";
import { outliveReaders } from "./streams.ts";

outliveReaders();
process.exitCode = await run(process.argv.slice(2));
