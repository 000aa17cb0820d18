/** A limit on a process's share of one core. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";

const periodUs = 10_000;

/**
 * Lets a process have no more than a share of one core, through a control group (Linux, root).
 * @returns what ends that, once the process is gone.
 * @throws Error where that is not allowed here.
 */
export function limitCpu(pid: number, share: number): () => void {
  const quotaUs = Math.round(share * periodUs);
  const version1 = existsSync("/sys/fs/cgroup/cpu");
  const group = `/sys/fs/cgroup/${version1 ? "cpu/" : ""}archwright-${pid}`;
  mkdirSync(group);
  if (version1) {
    writeFileSync(`${group}/cpu.cfs_period_us`, String(periodUs));
    writeFileSync(`${group}/cpu.cfs_quota_us`, String(quotaUs));
  } else writeFileSync(`${group}/cpu.max`, `${quotaUs} ${periodUs}`);
  writeFileSync(`${group}/cgroup.procs`, String(pid));
  return () => rmdirSync(group);
}
