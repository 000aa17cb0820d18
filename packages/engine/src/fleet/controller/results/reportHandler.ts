/** Decides what each report in the stream of the run means: an outcome, a reason to retry, or nothing because it is stale. */
import type { StreamedReport } from "../../protocol/resultStream.ts";
import type { FleetEvent } from "../events.ts";
import type { JobLifecycle } from "../jobs/jobLifecycle.ts";
import type { TrackedJob } from "../jobs/trackedJob.ts";
import { type RecoveredRun, readReport } from "../run/recoveredRun.ts";
import type { Refused } from "../workers/refusalPolicy.ts";
import type { Acknowledger } from "./acknowledger.ts";

export interface ReportHandlerOptions {
  readonly jobs: JobLifecycle;
  readonly acknowledger: Acknowledger;
  readonly recovered: RecoveredRun;
  readonly onRefused: (tracked: TrackedJob, worker: string, refused: Refused) => void;
  readonly onEvent: (event: FleetEvent) => void;
}

/** @returns what is to be called with each report, in the order of the stream. */
export function createReportHandler(options: ReportHandlerOptions): (report: StreamedReport) => void {
  const { jobs, acknowledger, recovered, onRefused, onEvent } = options;

  /** The open job whose newest attempt this is a report of: the check of the fencing token. */
  function jobOf({ key, number }: StreamedReport): TrackedJob | undefined {
    const tracked = jobs.open.get(key);
    return tracked && tracked.phase !== "waiting" && tracked.number === number ? tracked : undefined;
  }

  function discardStale(streamed: StreamedReport): void {
    const { key, number, worker } = streamed;
    // The same report may have been delivered twice, where a connection was lost; another one is stale.
    if (acknowledger.numberOf(key) !== number) onEvent({ kind: "stale", job: key, attempt: number, worker });
    acknowledger.discard(streamed);
  }

  return (streamed) => {
    if (jobs.closed || acknowledger.isSettled(streamed) || recovered.holds(streamed)) return;
    const { key, number, worker } = streamed;
    const report = readReport(streamed);
    if (!jobs.open.has(key) && recovered.takeIn(streamed, report)) return;
    const tracked = jobOf(streamed);
    if (!tracked) {
      discardStale(streamed);
      return;
    }
    if (report?.kind === "outcome") {
      jobs.accept(tracked, streamed, report.outcome);
      return;
    }
    acknowledger.discard(streamed);
    switch (report?.kind) {
      case "refused":
        onEvent({ kind: "refused", job: key, attempt: number, worker, code: report.code, reason: report.message });
        onRefused(tracked, worker, report);
        break;
      case "returned":
        onEvent({ kind: "job-returned", job: key, attempt: number, worker });
        jobs.retry(tracked, "outage");
        break;
      case undefined:
        onEvent({ kind: "garbled", job: key, attempt: number, worker, reason: "the report is not as it should be" });
        tracked.faults++;
        jobs.retry(tracked, "fault");
        break;
    }
  };
}
