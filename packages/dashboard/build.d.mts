/** Types of `build.mjs`. */

/** Bundles the page into a folder, which takes `index.html` and `assets/`. */
export function buildPage(folder: string): Promise<void>;
