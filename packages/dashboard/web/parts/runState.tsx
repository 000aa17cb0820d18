/** How a run stands: a word for its status, and how far it is. */
import type { RunAnswer } from "../../src/contract/index.ts";
import { formatCount, formatSeconds, unknown } from "../data/format.ts";

const tones: Readonly<Record<RunAnswer["status"], string>> = {
  running: "accent",
  done: "",
  interrupted: "",
  failed: "warning",
  killed: "warning",
};

export function RunStatus({ status }: { readonly status: RunAnswer["status"] }) {
  return (
    <span class="badge" data-tone={tones[status]}>
      {status}
    </span>
  );
}

export function RunProgress({ run }: { readonly run: Pick<RunAnswer, "progress" | "status"> }) {
  const { done, total, seconds_left: left } = run.progress;
  const known = done === null ? unknown : formatCount(done);
  if (total === null || total === 0) return <span>{known}</span>;
  const text = `${known} of ${formatCount(total)}`;
  return (
    <span class="cell">
      {run.status === "running" && <progress max={total} value={done ?? 0} aria-label={`${text} evaluations`} />}
      <span>
        {text}
        {left !== null && <span class="muted"> · {formatSeconds(left)} left</span>}
      </span>
    </span>
  );
}
