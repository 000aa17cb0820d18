/** What the dashboard needs of whoever starts it, because it takes engines that the dashboard does not know. */

/** Filled in by the command line. */
export interface DashboardServices {
  /** Formats in which a trial can be exported. */
  readonly exports: readonly { readonly format: string; readonly trained: boolean }[];
}
