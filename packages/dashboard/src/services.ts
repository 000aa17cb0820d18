/** What the dashboard needs of whoever starts it, because it takes engines, files and processes that the dashboard does not know. */
import type { Run } from "@archwright/core/experiment";
import type {
  DevicesAnswer,
  EstimateAnswer,
  FleetAnswer,
  LogAnswer,
  ProblemsAnswer,
  RunDetailAnswer,
  StartedAnswer,
} from "./contract/index.ts";

/** A file of an export. */
export interface ExportedFile {
  /** Without a folder. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** A model that was sent to be estimated. */
export interface SentModel {
  /** Its ending says what it is. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Sizes that it leaves open, as `estimate --input` takes them. */
  readonly input?: string | undefined;
  readonly format?: string | undefined;
}

/** How a search is begun. */
export interface SearchOptions {
  readonly seed?: number | undefined;
  /** Evaluations at once on this machine. */
  readonly workers?: number | undefined;
  /** Whether the workers of the fleet evaluate. */
  readonly fleet?: boolean | undefined;
}

/** Filled in by the command line. What is wrong with what was sent is thrown as an InputError, with the line and column of a text. */
export interface DashboardServices {
  /** Formats in which a trial can be exported. */
  readonly exports: readonly { readonly format: string; readonly trained: boolean }[];
  /** The trial's network as one file; what a format writes as several comes as a ZIP. */
  exportTrial(run: Run, trial: number, format: string): Promise<ExportedFile>;
  estimate(model: SentModel): Promise<EstimateAnswer>;
  /** What is wrong with an experiment; nothing where it could be begun. */
  check(yaml: string): Promise<ProblemsAnswer["problems"]>;
  /** The JSON Schema of an experiment's YAML. */
  experimentSchema(): object;
  devices(): DevicesAnswer["devices"];
  device(name: string): { readonly name: string };
  /** Keeps a profile among the user's own devices. @returns its name. */
  addDevice(yaml: string, replace: boolean): string;
  readonly searches: Searches;
  /** Absent where no Redis was named. */
  readonly fleet?: (() => Promise<Pick<FleetAnswer, "redis" | "workers" | "runs" | "queues">>) | undefined;
}

/** The searches of this machine: each is a process of its own. */
export interface Searches {
  /** @returns once the run is stored. */
  start(yaml: string, options: SearchOptions): Promise<StartedAnswer>;
  /** What can be done with a run now. */
  actions(run: Run): RunDetailAnswer["actions"];
  /** As Ctrl-C does: what is in hand is lost, the run can be resumed. */
  pause(run: Run): void;
  /** Goes on with a run. @param yaml of its experiment, where the file that it was read from is not known. */
  resume(run: Run, yaml: string | undefined): Promise<StartedAnswer>;
  /** Goes on with a run to more evaluations. */
  extend(run: Run, evaluations: number, yaml: string | undefined): Promise<StartedAnswer>;
  /** As `pause`, and ends the process where it does not end by itself. */
  stop(run: Run): void;
  /** Undefined of a run that was not begun or gone on with from here. */
  log(run: string): LogAnswer | undefined;
  /** Told each line that a search writes, and its end. */
  onLine(listener: (run: string, line: string) => void): void;
}
