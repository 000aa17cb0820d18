/** Messages between a worker process and its parent, and what a worker module must export. */
import type { Json } from "@archwright/core/base";
import type { Job, Outcome } from "@archwright/core/experiment";

/** Does the jobs of one experiment. A thrown error becomes the failure of its job; see {@link failureOf}. */
export interface Handler {
  run(job: Job): Promise<Outcome>;
}

/**
 * @param workFolder where jobs keep what an interruption must not cost; nothing is kept where absent.
 * @throws where the experiment cannot be understood, or its data cannot be had: no job will be tried.
 */
export type CreateHandler = (experiment: Json, workFolder?: string) => Promise<Handler>;

/** What the module must export that a worker is started with. */
export interface HandlerModule {
  readonly createHandler: CreateHandler;
}

export type ToWorker =
  | { readonly kind: "start"; readonly experiment: Json; readonly workFolder?: string | undefined }
  | { readonly kind: "job"; readonly id: number; readonly job: Job };

export type FromWorker =
  | { readonly kind: "ready" }
  /** The handler has the job: from now on a crash is the candidate's. */
  | { readonly kind: "begun"; readonly id: number }
  /** `rssBytes`: the process's resident memory after the job. */
  | { readonly kind: "done"; readonly id: number; readonly outcome: Outcome; readonly rssBytes: number }
  /** The experiment cannot be understood; `input` where the user can mend that. The worker ends. */
  | { readonly kind: "broken"; readonly message: string; readonly input: boolean };

/** Carries messages between a worker and who gives it work. */
export interface Transport {
  /** Resolves when the message is out of this process. */
  send(message: FromWorker): Promise<void>;
  onMessage(listener: (message: ToWorker) => void): void;
}
