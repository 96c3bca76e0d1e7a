import { TRAFFIC_USD_PER_GB } from '../../shared/traffic-prices';

/** SCF's billing overview. */
const DETAILS = 'https://www.tencentcloud.com/document/product/583/17299';
/** SCF's prices by region. */
const BY_REGION = 'https://www.tencentcloud.com/document/product/583/12281';

/** SCF's prices outside mainland China, without tax. */
export const PRICES = {
  /**
   * When the sources were read, in stored copies: the overview is of 2023-02 and was quoted with the same prices in
   * 2026-09. Check SCF's page of prices before you rely on them.
   */
  seen: '2026-11-28',
  page: BY_REGION,
  currency: 'USD',
  perGigabyteSecond: { value: 0.0000167, source: DETAILS },
  perRequest: { value: 0.002 / 10_000, source: DETAILS },
  /** SCF's own price, for Singapore; other services have others. */
  perOutboundGigabyte: {
    value: TRAFFIC_USD_PER_GB['ap-singapore'],
    source: BY_REGION,
    elsewhere: `Jakarta, Seoul, Tokyo and Frankfurt the same, Bangkok, Silicon Valley and Virginia ${TRAFFIC_USD_PER_GB['na-ashburn']}, Hong Kong ${TRAFFIC_USD_PER_GB['ap-hongkong']}`,
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
