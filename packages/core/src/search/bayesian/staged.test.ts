import { fidelityConformance } from "../../testing/searcherFidelities.ts";
import { createSearcher } from "../searchers.ts";

// A small pool: what is promised does not depend on its size. Only the full tier has time for many random plans.
const runs = process.env.MODE === "full" ? 15 : 2;
fidelityConformance("bayesian", (options) => createSearcher("bayesian", options, { pool: 40 }), { runs, evaluations: 16 });
