/**
 * The constants of the latency models, each with what chose it.
 *
 * "By hand" means: chosen by the author while watching the validation devices of `experiments/latency-prediction`, without a
 * recorded comparison; that study's figures are therefore those of tuning, as its page says. "Prototype" means a comparison on few
 * trials whose figures stand in a commit's message or in docs/decisions/0019. Numbers that only guard an algorithm (tolerances,
 * iterations of linear algebra) stay where the algorithm is.
 *
 * A fitted device stores what was learned, not these constants: changing one changes what devices fitted earlier predict. The
 * tests in `latency.test.ts` say by how much the ranking may suffer; `experiments/latency-prediction` measures it.
 */
export const latencySettings = {
  /** What counts as a measurement. */
  measurements: {
    /** By hand: two spend both numbers that any model needs first, the level and the spread (see `widening`). */
    fewest: 3,
    /**
     * A cell of a column below its median by this factor is unknown. By hand, for cells of the HW-NAS-Bench tables that show
     * networks without work.
     */
    unknownBelowMedianBy: 100,
    /**
     * A measurement further than this factor from what the others suggest is refused as of another unit. By hand: seconds for
     * milliseconds are 1000.
     */
    refusedBeyondFactor: 100,
  },

  /** `describeNetwork`: any network as a vector. */
  networkEncoding: {
    /** Entries of the vector. By hand (commit c60a8dc): wide enough that a space's own encoding ranked no better on the device tried. */
    width: 96,
    /** How often an operator's neighbourhood is widened. By hand, with the same. */
    neighbourhoodDepth: 2,
  },

  /** The features of an architecture: principal components of synthetic latencies, and the encoding. */
  features: {
    /**
     * Prototype: more synthetic devices gained nothing beyond the difference between two random draws of them (.005 in rank
     * correlation).
     */
    syntheticDevices: 256,
    /** Prototype: more components gained nothing; 48, with cache spills and tiles, did worse. */
    components: 24,
    /** Architectures that the components are found from. By hand, for speed: NAS-Bench-201 has ten times as many. */
    sampledArchitectures: 1500,
  },

  /**
   * How synthetic devices are drawn. `…Spread` is a standard deviation of a logarithm, unless said otherwise. By hand, but that
   * launches overlap, vector widths, channels and resolution are drawn at all: with them, FBNet's GPUs were predicted from phones
   * with .98 instead of .966 with 20 measurements, and without any source its mean rose by .02 to .03 (prototype, commit 6237d7a).
   */
  synthetic: {
    /** Efficiency by kind of operator, and its overhead. */
    kindSpread: 0.5,
    /** log2 of the side of the feature maps relative to which efficiencies differ by resolution: 16 pixels, amid both spaces. */
    middleHalvings: 4,
    /** Batch sizes, over which the traffic of weights is shared. */
    batches: [1, 1, 32, 64],
    /** Operations for each byte at which arithmetic and traffic take equally long: its median and spread. */
    balance: { median: 8, spread: 1.5 },
    /** How far a work class's traffic deviates from that balance. */
    classTrafficSpread: 0.4,
    /** By how much rates fall with smaller operators: the deviation of a half-normal exponent. */
    utilisationDeviation: 0.25,
    /** Arithmetic and traffic overlap by a p-norm whose log-exponent is uniform from 0 to this. */
    overlapLogExponent: 2.5,
    /** An operator's overhead over its usual work. */
    overhead: { log: -1, spread: 2 },
    /** What all networks share, over the mean network's latency. */
    offset: { log: -2, spread: 1.5 },
    /** The share of devices whose overhead is added to the work; on the others it hides behind it, by a p-norm of this log-exponent. */
    launches: { addedShare: 0.5, log: 1, range: 1.5 },
    /** Channels in whose multiples vector units or tiles work. */
    lanes: [1, 8, 16, 32, 64],
    /** Deviations of the half-normal spreads by channels, and by each halving of the resolution. */
    channelDeviation: 0.5,
    resolutionDeviation: 0.3,
  },

  /** What of a source device's column is noise. */
  smoothing: {
    /** Prior variances of the eager, live and encoding parts, relative to the whole's. By hand. */
    partVariances: [1, 0.3, 0.1],
    /** Variances of a cell's noise relative to the column's, of which the evidence chooses one. A grid of half decades. */
    noises: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
    /** Devices with fewer known cells are left out: too little to compare them with others. By hand. */
    fewestCells: 8,
  },

  /** How a new device may relate to what is known; see `hypothesesFor`. */
  hypotheses: {
    /**
     * Variances of a measurement's noise over the device's squared amplitude: half decades, the small ones somewhat likelier
     * (commit 93b5012). By hand.
     */
    noises: [
      { noise: 0.003, logPrior: 0 },
      { noise: 0.01, logPrior: -0.1 },
      { noise: 0.03, logPrior: -0.2 },
      { noise: 0.1, logPrior: -0.4 },
      { noise: 0.3, logPrior: -0.8 },
      { noise: 1, logPrior: -1.6 },
      { noise: 3, logPrior: -2.2 },
    ],
    /**
     * Runtimes execute what is written, or only what the output needs, or something between: ratios of the eager, live and
     * encoding parts, with the prior of each. One weighting for all cost .003 to .005 on made-up accelerators that drop dead
     * operators (commit 0a6e67d); the numbers are by hand.
     */
    runtimes: [
      { ratios: [1, 0.1, 0.03], prior: 0.4 },
      { ratios: [0.03, 1, 0.03], prior: 0.4 },
      { ratios: [0.5, 0.5, 0.03], prior: 0.2 },
    ],
    /** Where one hypothesis stands for all runtimes. By hand. */
    usualRatios: [1, 0.3, 0.03],
    /**
     * Prior variance of a log-latency under every hypothesis. That it is one number: noisy phones suffered otherwise (commit
     * 6237d7a). Its value: by hand.
     */
    totalVariance: 1.5,
    /** Prior of a device like none, where there are sources. By hand. */
    unlikeAll: 0.1,
    /** A device like all sources together: how large its own part may be beside theirs, and the prior of each. By hand. */
    likeAll: { scales: [0.1, 1, 10], prior: 0.35 },
    /** A device like one source: what is left for all else beside it, and the prior shared by the sources. By hand. */
    likeOne: { rests: [0.01, 0.05], prior: 0.5 },
    /** What `suggest` takes for the sources' share. By hand. */
    suggestingSources: 0.5,
  },

  /** The priors that all hypotheses share. */
  prior: {
    /** Variance of the mean log-latency around the measurements' mean, relative to the squared amplitude: wide. By hand. */
    intercept: 25,
    /** Inverse gamma of the squared amplitude: its shape, and its scale over the sources' median squared spread. By hand. */
    amplitudeShape: 1.5,
    amplitudeScale: 0.5,
    /** The sources' median squared spread where there are none. By hand: that of the tables' devices is of this size. */
    usualSquaredSpread: 0.08,
  },

  /**
   * Other work on a device, or its heat, now and then lengthens a measurement a lot: probability of each, and what it adds to the
   * noise over the squared amplitude. Gained .01 to .02 on phones (prototype, commit 6237d7a); only lengthening, because in both
   * directions it cost NAS-Bench-201 .001 (commit 4ccf708). The numbers are by hand.
   */
  outliers: {
    probability: 0.05,
    variance: 8,
    /** How many measurements that probability is worth, where later ones are judged by those seen. By hand. */
    priorCount: 20,
  },

  /** Averaging and predicting. */
  prediction: {
    /** Hypotheses of less probability are left out of the covariance. For speed: they would change little. */
    negligible: 1e-4,
    /**
     * Directions of the covariance that are kept; the rest only widens intervals. For speed (commit e9c0124): within 2 % of the
     * full one (`predictive.test.ts`).
     */
    rank: 15,
    /** Log-latencies are kept within this of the measurements' mean, and log-deviations below that: far outside of what is ever right. */
    farthestLog: 20,
    largestLogDeviation: 5,
    /** Rows of architectures that are kept in memory; more only where more were learned from or are asked for at once. */
    rowsKept: 20_000 as number,
  },

  /** Which architectures to measure. By hand, for speed; choosing where the variance is largest was worse (docs/decisions). */
  design: {
    /** Principal directions of the pool that count. */
    components: 40,
    /** Suggestions are chosen among so many architectures of the pool, drawn at random. */
    candidates: 1500,
    /** The pool's variance is judged on so many of them. */
    judged: 4000,
    /** Noise of a measurement over the squared amplitude. */
    noise: 0.07,
  },

  /**
   * The model of networks outside of what was measured; see `extrapolation/`. Priors are log-normal: a median, and the standard
   * deviation of the logarithm. Rates are relative to that of spatial convolutions. By hand, wide enough for the shipped profiles and
   * for variations of them (`experiments/foreign-networks`, validation seeds); none is learned from them.
   */
  extrapolation: {
    priors: {
      /** Time of an operation of a spatial convolution over (mean latency / mean operations) of what was measured. */
      scale: { median: 0.3, spread: 2.5 },
      pointwise: { median: 1, spread: 0.25 },
      large: { median: 1, spread: 0.2 },
      grouped: { median: 2, spread: 0.6 },
      depthwise: { median: 4, spread: 0.9 },
      dense: { median: 1.3, spread: 0.5 },
      element: { median: 5, spread: 0.75 },
      window: { median: 6, spread: 1 },
      normalisation: { median: 8, spread: 0.8 },
      /** Time of a byte of a tensor over that of an operation, and how much more far memory costs. */
      byte: { median: 1.5, spread: 1.3 },
      farByte: { median: 2.5, spread: 0.7 },
      nearBytes: { median: 2 ** 20, spread: 2 },
      weightByte: { median: 1.3, spread: 0.6 },
      farWeightByte: { median: 3, spread: 0.7 },
      nearWeightBytes: { median: 2 ** 22, spread: 2 },
      /** Overhead of a kernel and of a network, ms: much the same on devices of all speeds. */
      kernel: { median: 0.015, spread: 1.2 },
      network: { median: 0.03, spread: 1.2 },
      /** Of a measurement. */
      noise: { median: 0.02, spread: 0.7 },
    },
    /** Channels in whose multiples a convolution works, all as likely; and how few input channels need no filling. */
    lanes: [1, 1, 1, 4, 8, 16, 16, 16],
    fewChannels: 3,
    /** Priors are log-sinh-normal: of usual devices like a log-normal, with heavier tails the larger this is. */
    tails: 0.5,
    /** No device is faster, ms: 5·10¹⁴ operations and 10¹³ bytes a second. */
    fastest: { operationMs: 2e-12, byteMs: 1e-10 },
    /** Exponents of the p-norms: uniform-like in the logarithm; half of the devices add overheads. */
    overlap: { logExponent: 3, slope: 1.7 },
    launches: { slope: 1.5, largestLog: 3 },
    /** Most devices either run idle kernels or do not. */
    idle: { slope: 4 },
    /** Degrees of freedom of Student's t, by which a disturbed measurement weighs less. */
    degrees: 5,
    /** What no device explains: at least this, and so much more of the measurements' own for each e-fold outside of their range. */
    leastDeviation: 0.04,
    growth: 0.8,
    /** The prior is broader than devices are: by this the logarithm of the devices' interval is shortened. */
    sharpness: 0.88,
    /** No interval is wider, from end to end: rates and bandwidths of real devices lie in a narrower range than the prior's tails. */
    widest: 95,
    sampling: { chains: 60, descents: 10, steps: 600, kept: 400 },
  },

  /** The plain models that ours is compared with. By hand: none was tuned against them. */
  baselines: {
    /** Prior variance of a standardised regressor's weight over that of the noise. */
    strength: { flops: 100, operators: 10, ridge: 10 },
    /** Columns of the table of operators, which hashing makes as wide for every space. */
    hashedWidth: 64,
    /** Least standard deviation: as a share of the measurements' spread, and of the logarithm. */
    leastSpread: 0.05,
    leastLogDeviation: 1e-3,
  },
} as const;
