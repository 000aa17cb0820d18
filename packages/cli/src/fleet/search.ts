/** Lets the workers of a fleet do the work of a search. */
import { type Experiment, evaluatorKindOf, formatQuantity, measuredBy } from "@archwright/core";
import type { RunOptions } from "@archwright/engine";
import { checkRedis, createFleetExecutor, type FleetEvent, fleetRunKey, fleetStatus, packExperiment } from "@archwright/engine/fleet";
import { quantityOf } from "../input/optionValues.ts";
import { harmless } from "../output/render.ts";
import { programVersion } from "../shell/version.ts";
import { describeFleetEvent } from "./events.ts";
import { type RedisArgs, writtenRedisOptions } from "./options.ts";
import { redisAddress } from "./redis.ts";
import { severalMachines } from "./status.ts";

export interface FleetSearchArgs extends RedisArgs {
  readonly redisDataLimit?: string | undefined;
}

/**
 * Makes a fleet's workers do the work of a run.
 * @param say told what the user should know at once.
 * @throws InputError where the Redis cannot be reached now, or a file of the dataset cannot be read.
 */
export async function joinFleet(
  experiment: Experiment,
  args: FleetSearchArgs,
  say: (text: string) => void,
): Promise<RunOptions["createExecutor"]> {
  const connection = redisAddress(args);
  const limitBytes = args.redisDataLimit === undefined ? undefined : quantityOf("redis-data-limit", args.redisDataLimit, "memory");
  await checkRedis(connection);
  const { published, bytes, throughRedis } = await packExperiment(experiment, limitBytes);
  if (!throughRedis) {
    say(
      `the dataset (${formatQuantity(bytes, "memory")}) is too large for Redis: workers need --data with a folder or web address that has its files, or the search a higher --redis-data-limit`,
    );
  }
  const measured = experiment.devices.filter((device) => measuredBy(device) !== undefined).map(({ name }) => name);
  if (measured.length > 0) {
    const { workers } = await fleetStatus(connection);
    const measuring = workers.map((worker) => ({ ...worker, devices: worker.devices.filter((name) => measured.includes(name)) }));
    for (const warning of severalMachines({ workers: measuring })) say(harmless(warning));
  }
  const evaluator = evaluatorKindOf(experiment.evaluator).calledOnWorkers?.(experiment.evaluator);
  const written = writtenRedisOptions(args);
  const version = programVersion();
  return (onEvent, run) =>
    createFleetExecutor({
      ...published,
      connection,
      runKey: fleetRunKey(run),
      runName: run.id,
      ...(evaluator === undefined ? {} : { evaluator }),
      onEvent: (event: FleetEvent) => {
        onEvent(event);
        const text = describeFleetEvent(event, written, version);
        if (text !== undefined) say(harmless(text));
      },
    });
}
