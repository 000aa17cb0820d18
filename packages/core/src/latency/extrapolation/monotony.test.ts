/** On no device, and so in no estimate, does a network take less than a part of it. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { at } from "../../base/matrix.ts";
import { deploy, equalShapes, type Network, type NodeIndex } from "../../ir/index.ts";
import { foreignNetworks } from "../../testing/networks/foreignNetworks.ts";
import { randomNetwork } from "../../testing/networks/randomNetwork.ts";
import { extrapolate, fitExtrapolation } from "./extrapolation.ts";
import { networkTerms } from "./networkTerms.ts";
import { coordinates, packNetworks, rooflineDevice, rooflineLatencies } from "./rooflineDevice.ts";

const scale = { latencyMs: 1, operations: 1e6 };
const terms = (network: Network) => networkTerms(deploy(network));

/** The network up to some of its nodes. */
const upTo = ({ nodes }: Network, outputs: readonly NodeIndex[]): Network => ({ nodes, outputs });

/** The network with one input of a join in place of the join; undefined where they differ in shape. */
function withoutBranch({ nodes, outputs }: Network, join: NodeIndex, kept: NodeIndex): Network | undefined {
  const [whole, part] = [nodes[join], nodes[kept]];
  if (!whole || !part || !equalShapes(whole.output.shape, part.output.shape)) return undefined;
  const replaced = (index: NodeIndex) => (index === join ? kept : index);
  return { nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map(replaced) })), outputs: outputs.map(replaced) };
}

/** All networks that are this one without its end, or without one branch of a join. */
function partsOf(network: Network): readonly Network[] {
  const ends = network.nodes.flatMap(({ op }, index) =>
    op.kind === "constant" || op.kind === "parameter" ? [] : [upTo(network, [index])],
  );
  const branches = network.nodes.flatMap(({ op, inputs }, join) =>
    op.kind === "binary" ? inputs.flatMap((kept) => withoutBranch(network, join, kept) ?? []) : [],
  );
  return [...ends, ...branches];
}

it("is so on any device, for random networks cut anywhere", () => {
  fc.assert(
    fc.property(fc.nat(1e6), (seed) => {
      const rng = createRng(seed);
      const device = rooflineDevice(
        Float64Array.from(coordinates, () => 1.5 * rng.normal()),
        scale,
      );
      const whole = randomNetwork(rng, { steps: 14, withDeadNodes: false });
      const live = new Set(deploy(whole).nodes.map(({ name }) => name));
      const parts = partsOf(whole).filter(({ outputs: [output] }) => live.has(whole.nodes[output as NodeIndex]?.name as string));
      const latencies = rooflineLatencies(device, packNetworks([whole, ...parts].map(terms)));
      const most = at(latencies, 0) * (1 + 1e-9);
      return latencies.every((latency) => latency <= most);
    }),
    { numRuns: 300 },
  );
});

it("is so for estimates, from foreign networks down to their first operators", () => {
  const networks = foreignNetworks("parts", 12);
  const device = rooflineDevice(new Float64Array(coordinates.length), scale);
  const measured = foreignNetworks("measured", 6).map(({ network }) => terms(network));
  const truth = rooflineLatencies(device, packNetworks(measured));
  const fitted = fitExtrapolation(
    measured.map((one, i) => ({ terms: one, latencyMs: at(truth, i) })),
    createRng("fit"),
  );
  for (const { name, network } of networks) {
    let most = extrapolate(fitted, terms(network)).latencyMs;
    for (let end = network.nodes.length - 2; end > 0; end -= Math.ceil(network.nodes.length / 12)) {
      // Every node behind `end` is gone: what nobody reads any more is an output.
      const nodes = network.nodes.slice(0, end + 1);
      const read = new Set(nodes.flatMap(({ inputs }) => inputs));
      const outputs = nodes.flatMap((_, index) => (read.has(index) ? [] : [index]));
      const { latencyMs } = extrapolate(fitted, terms({ nodes, outputs }));
      expect(latencyMs, `${name} up to ${end}`).toBeLessThanOrEqual(most * (1 + 1e-9));
      most = latencyMs;
    }
  }
});
