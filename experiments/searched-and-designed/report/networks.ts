/** Every network of either side, with its costs. */
import { mean } from "@archwright/core";
import { type Contender, freshTests, type Sides } from "../fresh.ts";
import type { Results } from "./results.ts";
import { meanText, table } from "./table.ts";

export function networkTable(sides: readonly Sides[], { plan, trainings, costs, networks }: Results): string {
  const row = (side: string, one: Contender) => {
    const { latency, memory, flash, parameters } = costs(one.architecture);
    return [
      ...[side, `\`${one.name.replaceAll("|", "\\|")}\``, latency.toFixed(1), memory.toFixed(1), flash.toFixed(1), parameters],
      ...[one.validation.toFixed(2), meanText(freshTests(one, plan, trainings))],
    ];
  };
  const designed = networks.map((network) => row(`designed, rate ${network.rate}`, { ...network, validation: mean(network.validation) }));
  const searched = sides.flatMap(({ budget, searched }) => searched.map((one) => row(`searched, ${budget.name}`, one)));
  return table(["side", "network", "ms", "KiB memory", "KiB flash", "parameters", "validation", "test"], [...designed, ...searched]);
}
