import { describe, expect, it } from "vitest";
import { networkCosts, verifyNetwork } from "../../ir/index.ts";
import { foreignNetworks, networkFamilies } from "./foreignNetworks.ts";

describe("foreignNetworks", () => {
  const networks = foreignNetworks("test");

  it("gives as many of each family as of the others, all of them valid", () => {
    expect(networks.length).toBe(60);
    for (const family of networkFamilies) expect(networks.filter((one) => one.family === family).length).toBe(10);
    for (const { network } of networks) verifyNetwork(network);
  });

  it("spreads over orders of magnitude in every total", () => {
    const costs = networks.map(({ network }) => networkCosts(network));
    for (const total of ["macs", "weightBytes", "bytesMoved"] as const) {
      const values = costs.map((cost) => cost[total]);
      expect(Math.max(...values) / Math.min(...values)).toBeGreaterThan(1000);
    }
  });

  it("gives the same for the same seed, and others for another", () => {
    expect(foreignNetworks("test", 12)).toEqual(networks.slice(0, 12));
    expect(foreignNetworks("other", 12)).not.toEqual(networks.slice(0, 12));
  });
});
