/** The child processes of a worker: a pool for each experiment, of which a few are kept for the next job. */
import { InputError, type Json } from "@archwright/core/base";
import type { Executor } from "@archwright/core/experiment";
import { PayloadError, type RefusalCode } from "../protocol/codec.ts";

/** Why this worker refuses a job; another one perhaps does it. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  /** The user can mend it. */
  readonly input: boolean;

  constructor(code: RefusalCode, message: string, input: boolean) {
    super(message);
    this.code = code;
    this.input = input;
  }
}

export interface ProcessPoolsOptions {
  /** @throws PayloadError where the experiment is not as it should be. */
  readonly fetch: (hash: string) => Promise<{ readonly experiment: Json; readonly manifest?: Json }>;
  /** Fetches the experiment's data, and gives the experiment with paths of this machine. */
  readonly prepare: (experiment: Json, manifest: Json | undefined) => Promise<Json>;
  readonly create: (experiment: Json) => Executor;
}

interface Pool {
  readonly executor: Promise<Executor>;
  users: number;
  usedAt: number;
}

/** Experiments whose processes are kept, for the next job. */
const keptPools = 2;
/** How long the reason why an experiment cannot be worked on is taken for true. */
const refusedMs = 10_000;

export function createProcessPools({ fetch, prepare, create }: ProcessPoolsOptions) {
  const pools = new Map<string, Pool>();

  async function open(hash: string): Promise<Executor> {
    const { experiment, manifest } = await fetch(hash).catch((error: unknown) => {
      if (error instanceof PayloadError) throw new Refusal("payload", error.message, false);
      throw error;
    });
    const prepared = await prepare(experiment, manifest).catch((error: Error) => {
      throw new Refusal("data", error.message, error instanceof InputError);
    });
    return create(prepared);
  }

  async function end(pool: Pool): Promise<void> {
    await pool.executor.then(
      (executor) => executor.close(),
      () => {},
    );
  }

  function evict(): void {
    const idle = [...pools].filter(([, { users }]) => users === 0).sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [hash, pool] of idle.slice(0, Math.max(0, pools.size - keptPools))) {
      pools.delete(hash);
      end(pool).catch(() => {});
    }
  }

  return {
    /** Calls `use` with the executor of an experiment. */
    async use<T>(hash: string, use: (executor: Executor) => Promise<T>): Promise<T> {
      let pool = pools.get(hash);
      if (!pool) {
        const opened: Pool = { executor: open(hash), users: 0, usedAt: 0 };
        pools.set(hash, opened);
        opened.executor.catch(() => {
          setTimeout(() => {
            if (pools.get(hash) === opened) pools.delete(hash);
          }, refusedMs).unref();
        });
        pool = opened;
      }
      pool.users++;
      try {
        return await use(await pool.executor);
      } finally {
        pool.users--;
        pool.usedAt = performance.now();
        evict();
      }
    },
    /** Ends the processes of an experiment, with whatever they are at. */
    async close(hash: string): Promise<void> {
      const pool = pools.get(hash);
      pools.delete(hash);
      if (pool) await end(pool);
    },
    async closeAll(): Promise<void> {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map(end));
    },
  };
}
export type ProcessPools = ReturnType<typeof createProcessPools>;
