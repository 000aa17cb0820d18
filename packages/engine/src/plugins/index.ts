/** Plugins: packages of the user's own, loaded from where an experiment names them. */
export { loadPlugin, loadPluginsOf } from "./load.ts";
