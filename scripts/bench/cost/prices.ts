/** SCF's billing overview. */
const DETAILS = 'https://www.tencentcloud.com/document/product/583/17299';

/** SCF's prices outside mainland China, without tax. */
export const PRICES = {
  /**
   * When the sources were read, in stored copies: SCF's is of 2023-02 and was quoted with the same prices in 2026-09;
   * the one on traffic has no date. Check SCF's page of prices before you rely on them.
   */
  seen: '2026-11-24',
  page: 'https://www.tencentcloud.com/document/product/583/12281',
  currency: 'USD',
  perGigabyteSecond: { value: 0.0000167, source: DETAILS },
  perRequest: { value: 0.002 / 10_000, source: DETAILS },
  /** SCF's own page says «variable by region»; this is its document «Public Network Billing», for Singapore. */
  perOutboundGigabyte: {
    value: 0.081,
    source: 'https://github.com/tencentyun/intlcloud-documents',
    elsewhere: 'Virginia 0.075, Frankfurt and Silicon Valley 0.077, Seoul and Hong Kong 0.12, Tokyo 0.13',
  },
  /** From the fourth month on, every user of SCF pays this and gets `basicPackage` for it. */
  basicPackagePerDay: { value: 0.06, source: DETAILS },
} as const;

/**
 * What each month includes, from the fourth month on. The estimate ignores it, because it is the price of one more
 * chat.
 */
export const BASIC_PACKAGE = {
  requests: 500_000,
  gigabyteSeconds: 100_000,
  outboundGigabytes: 2,
  source: 'https://www.tencentcloud.com/document/product/583/17299',
} as const;

/** Memory sizes that a function may have, in MB, of those that matter here. */
export const MEMORY_MEGABYTES = [64, 128, 256] as const;

/** Streams open in one instance, on average while it runs. SCF's multi-concurrency goes from 1 to 100. */
export const STREAMS_PER_INSTANCE = [1, 10, 100] as const;

/** Assumptions, because no source has these values. */
export const ASSUMPTIONS = {
  /**
   * Cores of a function with 1 GB; less memory has less in proportion. That it is in proportion is documented
   * (https://www.tencentcloud.com/document/product/583/9207), the factor is not.
   */
  coresPerGigabyte: 1,
  /** Share of the memory that the process may fill: the platform's own agent needs some, and so does a peak. */
  usableMemory: 0.9,
  /** Share of the CPU that may be busy on average, so that bursts do not make every stream wait. */
  usableCpu: 0.7,
} as const;

/** The chat that is priced. */
export const TYPICAL_CHAT = {
  promptBytes: 2_000,
  chunks: 600,
  seconds: 15,
  /** SSE, 200 bytes an event. */
  responseBytes: 120_000,
  /** Headers of both responses and of the outbound request, with what TLS and TCP add. */
  overheadBytes: 4_000,
} as const;
