/** Searches that the dashboard begins: each is a process of the command line's own `search`, in the project's folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { InputError, type Run, withYamlValue } from "@archwright/core";
import type { LogAnswer, RunDetailAnswer, Searches, StartedAnswer } from "@archwright/dashboard";
import { describeOwner, liveStatus, ownerState, readText, writeFile } from "@archwright/engine";
import { readExperiment } from "../input/loadExperiment.ts";
import type { ErrorView } from "../shell/reportError.ts";
import type { ServicesOptions } from "./options.ts";

/** Lines that are kept of each search. */
const MOST_LINES = 500;
/** A search that is stopped has so long to end by itself. */
const STOP_MS = 5_000;

interface Search {
  readonly child: ChildProcess;
  readonly lines: string[];
  ended: LogAnswer["ended"];
  readonly end: Promise<void>;
}

/** The searches, and their end with the dashboard. */
export interface LocalSearches extends Searches {
  /** Pauses all that run, and waits for them. @returns the runs that were paused. */
  close(): Promise<readonly string[]>;
}

export function createSearches({ store, storeFile, folder, workspace, redis }: ServicesOptions): LocalSearches {
  const searches = new Map<string, Search>();
  const listeners: ((run: string, line: string) => void)[] = [];

  /** Starts a search. @returns once it has named its run. @throws InputError with what it says, where it ends before. */
  function launch(args: readonly string[], file: string): Promise<StartedAnswer> {
    const main = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url));
    // A group of its own: Ctrl-C on the terminal of the dashboard is passed on once, by `close`.
    const child = spawn(process.execPath, [...process.execArgv, main, "search", file, ...args, "--store", storeFile, "--json"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    return new Promise((resolve, reject) => {
      let run: string | undefined;
      const search: Search = {
        ...{ child, lines: [], ended: null },
        end: new Promise((done) => {
          child.once("error", (error) => {
            reject(error);
            done();
          });
          child.once("close", (code, signal) => {
            search.ended = { code, signal };
            if (run === undefined) reject(errorOf(stdout, search.lines));
            else tell(run, code === 0 ? "the search has ended" : `the search has ended with ${code ?? signal}`);
            done();
          });
        }),
      };
      const tell = (of: string, line: string) => {
        for (const listener of listeners) listener(of, line);
      };
      createInterface({ input: child.stderr }).on("line", (line) => {
        search.lines.push(line);
        if (search.lines.length > MOST_LINES) search.lines.shift();
        const named = run === undefined ? /^run ([\w-]+)(,.*)?$/.exec(line)?.[1] : undefined;
        if (named !== undefined) {
          run = named;
          searches.set(named, search);
          resolve({ run: named, file });
        }
        if (run !== undefined) tell(run, line);
      });
    });
  }

  function isOurs(run: Run): Search | undefined {
    const search = searches.get(run.id);
    return search && search.ended === null ? search : undefined;
  }

  /** @throws InputError where nobody here works on the run. */
  function signal(run: Run, name: NodeJS.Signals): void {
    const ours = isOurs(run);
    if (ours && run.status === "running") ours.child.kill(name);
    else if (run.owner && ownerState(run.owner) === "alive" && liveStatus(run) === "running") process.kill(run.owner.pid, name);
    else {
      const status = liveStatus(run);
      throw new InputError(`run ${run.id} is not being searched here: it is ${status}`, {
        expected: status === "running" && run.owner ? `the machine of ${describeOwner(run.owner)}` : "a run that is running",
      });
    }
  }

  function actions(run: Run): RunDetailAnswer["actions"] {
    const status = liveStatus(run);
    if (status === "running") return isOurs(run) || ownerState(run.owner) === "alive" ? ["pause", "stop"] : [];
    const extended = run.experiment.search.time === undefined ? (["extend"] as const) : [];
    return status === "done" ? [...extended] : ["resume", ...extended];
  }

  /** Waits for a process that has ended the run and not yet itself. @throws InputError where the run does not allow it. */
  async function requireIdle(run: Run, action: "resume" | "extend"): Promise<void> {
    if (actions(run).includes(action)) return isOurs(run)?.end;
    const status = liveStatus(run);
    throw new InputError(`run ${run.id} cannot be ${action === "resume" ? "resumed" : "extended"}: it is ${status}`, {
      expected:
        action === "resume"
          ? "a run that was interrupted, killed or has failed"
          : "a run that nobody works on, with a number of evaluations",
    });
  }

  return {
    async start(yaml, { seed, workers, fleet = false }) {
      const { name } = await readExperiment(yaml, join(folder, "experiment.yaml"), { workspace });
      if (fleet && !redis)
        throw new InputError("the dashboard knows of no fleet", { expected: "a dashboard that was started with --redis" });
      const file = keep(folder, name, yaml);
      return launch(
        [
          ...(seed === undefined ? [] : ["--seed", String(seed)]),
          ...(workers === undefined ? [] : ["--workers", String(workers)]),
          ...(fleet && redis ? ["--redis", redis.redis] : []),
          ...(fleet && redis?.redisPasswordFile !== undefined ? ["--redis-password-file", redis.redisPasswordFile] : []),
          ...(fleet && redis?.redisCa !== undefined ? ["--redis-ca", redis.redisCa] : []),
        ],
        file,
      );
    },
    actions,
    pause: (run) => signal(run, "SIGINT"),
    stop(run) {
      signal(run, "SIGINT");
      const ours = isOurs(run);
      setTimeout(() => {
        const now = store.run(run.id);
        if (ours ? ours.ended === null : now?.owner && ownerState(now.owner) === "alive" && now.owner.pid === run.owner?.pid) {
          if (ours) ours.child.kill("SIGKILL");
          else if (run.owner) process.kill(run.owner.pid, "SIGKILL");
        }
      }, STOP_MS).unref();
    },
    async resume(run, yaml) {
      await requireIdle(run, "resume");
      const { file, text } = await sourceOf(run, yaml);
      const kept = yaml === undefined ? file : keep(dirname(file), run.name, text);
      return launch(["--resume", run.id, "--seed", String(run.seed)], kept);
    },
    async extend(run, evaluations, yaml) {
      await requireIdle(run, "extend");
      const now = run.experiment.search.evaluations;
      if (evaluations <= now) {
        throw new InputError(`run ${run.id} has ${now} evaluations already`, { expected: `more than ${now}`, suggestion: String(2 * now) });
      }
      const { file, text } = await sourceOf(run, yaml);
      const longer = withYamlValue(text, file, ["search", "evaluations"], evaluations);
      // Beside the file of the run, because paths in it are meant from there; that file stays as it was written.
      const kept = keep(dirname(file), `${run.name}-${evaluations}`, longer);
      return launch(["--resume", run.id, "--seed", String(run.seed)], kept);
    },
    log(run) {
      const search = searches.get(run);
      return search && { lines: [...search.lines], ended: search.ended };
    },
    onLine: (listener) => void listeners.push(listener),
    async close() {
      const running = [...searches].filter(([, { ended }]) => ended === null);
      for (const [, { child }] of running) child.kill("SIGINT");
      await Promise.all(running.map(([, { end }]) => end));
      // Of one that was at its end already, nothing was paused.
      return running.flatMap(([id]) => (store.run(id)?.status === "interrupted" ? [id] : []));
    },
  };

  /** The experiment's text as the run read it last. @throws InputError where its file is not known. */
  async function sourceOf(run: Run, yaml: string | undefined): Promise<{ readonly file: string; readonly text: string }> {
    const begun = store.events(run.id).findLast(({ kind, detail }) => /^(started|resumed)$/.test(kind) && fileIn(detail) !== undefined);
    const file = begun && fileIn(begun.detail);
    if (yaml !== undefined) {
      const where = file ?? join(folder, "experiment.yaml");
      const { name } = await readExperiment(yaml, where, { workspace });
      if (name !== run.name)
        throw new InputError(`the experiment is called '${name}', and the run '${run.name}'`, { suggestion: `name: ${run.name}` });
      return { file: where, text: yaml };
    }
    if (file === undefined) {
      throw new InputError(`the file of the experiment of run ${run.id} is not known`, {
        expected: "its YAML beside, as 'yaml'",
        advice: `or on a command line: archwright search FILE --resume ${run.id}`,
      });
    }
    return { file, text: readText(file, "an experiment in YAML") };
  }
}

function fileIn(detail: unknown): string | undefined {
  return typeof detail === "object" && detail !== null && "file" in detail && typeof detail.file === "string" ? detail.file : undefined;
}

/** Keeps a text as `NAME.yaml`, or under the next number where another text has that name. @returns the file. */
function keep(folder: string, name: string, text: string): string {
  for (let number = 1; ; number++) {
    const file = join(folder, `${name}${number === 1 ? "" : `-${number}`}.yaml`);
    if (existsSync(file)) {
      if (readFileSync(file, "utf8") === text) return file;
      continue;
    }
    writeFile(file, text);
    return file;
  }
}

/** What a search that ended before it had a run has said, as its JSON has it. */
function errorOf(stdout: string, lines: readonly string[]): Error {
  try {
    const { error } = JSON.parse(stdout) as { readonly error: ErrorView };
    const { message, where, expected, suggestion, advice } = error;
    return new InputError(message, {
      ...(where
        ? {
            place: {
              file: where.file,
              ...(where.line === null ? {} : { line: where.line }),
              ...(where.column === null ? {} : { column: where.column }),
            },
          }
        : {}),
      ...{ expected: expected ?? undefined, suggestion: suggestion ?? undefined, advice: advice ?? undefined },
    });
  } catch {
    return new Error(`the search ended before it began: ${lines.slice(-3).join("; ")}`);
  }
}
