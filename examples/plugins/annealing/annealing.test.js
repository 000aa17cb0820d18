/** Holds the plugin's algorithm to what every search algorithm promises. */
import { checkPlugin } from "@archwright/core";
import { searcherConformance } from "@archwright/core/testing";
import { expect, it } from "vitest";
import plugin from "./annealing.js";

const [annealing] = plugin.searchers ?? [];

searcherConformance("annealing", (options) => {
  if (!annealing) throw new Error("the plugin has lost its algorithm");
  return annealing.create(options, {});
});

it("is a plugin", () => expect(checkPlugin(plugin, "annealing.js")).toBe(plugin));
