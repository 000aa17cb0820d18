/** What happens in a fleet, as its controller sees it: the events that are stored with the run and shown to the user. */
import type { RefusalCode } from "../protocol/codec.ts";

/** Plain data. */
export type FleetEvent =
  /** `program`: its version. */
  | {
      readonly kind: "worker-joined";
      readonly worker: string;
      readonly name: string;
      readonly slots: number;
      readonly program?: string;
    }
  /** It said goodbye. */
  | { readonly kind: "worker-left"; readonly worker: string; readonly name: string }
  /** It stopped answering. */
  | { readonly kind: "worker-lost"; readonly worker: string; readonly name: string }
  /** An attempt that nobody has any more: its worker is gone (`worker`), or it never reached one. It is sent again. */
  | { readonly kind: "job-lost"; readonly job: string; readonly attempt: number; readonly worker?: string }
  /** A worker ended before it had done the job, and said so. It is sent again. */
  | { readonly kind: "job-returned"; readonly job: string; readonly attempt: number; readonly worker: string }
  /** A late answer to an attempt that is no longer waited for. It changes nothing. */
  | { readonly kind: "stale"; readonly job: string; readonly attempt: number; readonly worker: string }
  /** An answer that could not be read. The job is sent again. */
  | { readonly kind: "garbled"; readonly job: string; readonly attempt: number; readonly worker: string; readonly reason: string }
  /** Workers died while they ran this job: from now on nothing else runs in a worker that has it, and its attempts are counted. */
  | { readonly kind: "quarantined"; readonly job: string; readonly architecture: string; readonly workers: readonly string[] }
  | {
      readonly kind: "refused";
      readonly job: string;
      readonly attempt: number;
      readonly worker: string;
      readonly code: RefusalCode;
      readonly reason: string;
    }
  /** Of an earlier session: a result that was waiting, or a job that is still in flight. */
  | { readonly kind: "taken-in"; readonly job: string; readonly attempt: number }
  | { readonly kind: "adopted"; readonly job: string; readonly attempt: number }
  /** Jobs wait, and nobody is there to do them; `device` where they are a device's measurements, `evaluator` where they need a program of this name. */
  | { readonly kind: "waiting-for-workers"; readonly seconds: number; readonly device?: string; readonly evaluator?: string }
  /** A device was measured on more than one machine: its latencies are not of one device. Said once for each further machine. */
  | { readonly kind: "measured-elsewhere"; readonly device: string; readonly machines: readonly string[] }
  | { readonly kind: "redis-away"; readonly reason: string }
  /** It is there, and does not do what it is asked: for lack of memory, or of rights. */
  | { readonly kind: "redis-refuses"; readonly reason: string }
  | { readonly kind: "redis-back"; readonly seconds: number; readonly restarted: boolean };
