/** The folder of one evaluation: what its program is given as files, and what it leaves. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { CandidateError, canonicalJson, InputError, type Json, stableHash } from "@archwright/core/base";
import { writeWhole } from "../wholeFile.ts";

export interface WorkFolder {
  readonly path: string;
  /** The last checkpoint that an interrupted evaluation of the same candidate named. */
  readonly checkpoint: string | undefined;
  /** A file that the program named, absolute. @throws CandidateError where there is none. */
  file(named: string, key: string): string;
  /** Remembers a checkpoint for the evaluation that continues this one. */
  remember(checkpoint: string): void;
  /** The evaluation has its outcome. */
  close(): void;
}

/** Names of our own in a work folder. */
const noted = "archwright.json";

/**
 * @param parent where folders of evaluations are kept, each under a name that follows from what is evaluated: so an evaluation that
 * was interrupted finds what it left. Where absent, the folder is a temporary one, and goes with the evaluation.
 * @throws InputError where no folder can be made.
 */
export function openWorkFolder(parent: string | undefined, evaluation: Json): WorkFolder {
  const own = parent === undefined ? undefined : join(parent, stableHash(canonicalJson(evaluation)).slice(0, 24));
  const mine = own !== undefined && claim(own);
  const path = mine ? own : makeTemporary();
  const note = join(path, noted);
  const write = (content: object) => writeWhole(note, JSON.stringify(content));
  const checkpoint = mine ? readNote(note).checkpoint : undefined;
  if (mine) write({ pid: process.pid, ...(checkpoint === undefined ? {} : { checkpoint }) });
  return {
    path,
    checkpoint: checkpoint !== undefined && existsSync(checkpoint) ? checkpoint : undefined,
    file: (named, key) => {
      const file = resolve(path, named);
      if (existsSync(file)) return file;
      throw new CandidateError(
        "bad-output",
        `the program named a file as '${key}' that is not there: ${relative(path, file)} in its work folder`,
      );
    },
    remember: (named) => {
      if (mine) write({ pid: process.pid, checkpoint: resolve(path, named) });
    },
    close: () => {
      if (!mine) rmSync(path, { recursive: true, force: true });
      else rmSync(note, { force: true });
    },
  };
}

/** Whether nobody else evaluates the same in this folder now, as another search of the same experiment might. */
function claim(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new InputError(`the work folder cannot be made (${error instanceof Error ? error.message : error})`, {
      place: { file: folder },
      expected: "a folder that can be written to, as 'evaluator.work_folder'",
    });
  }
  const { pid } = readNote(join(folder, noted));
  return pid === undefined || pid === process.pid || !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readNote(file: string): { readonly pid?: number; readonly checkpoint?: string } {
  try {
    const { pid, checkpoint } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    return { ...(typeof pid === "number" ? { pid } : {}), ...(typeof checkpoint === "string" ? { checkpoint } : {}) };
  } catch {
    return {};
  }
}

function makeTemporary(): string {
  try {
    return mkdtempSync(join(tmpdir(), "archwright-evaluation-"));
  } catch (error) {
    throw new InputError(`no temporary folder can be made (${error instanceof Error ? error.message : error})`, {
      place: { file: tmpdir() },
      expected: "a folder for temporary files that can be written to, as TMPDIR",
    });
  }
}
