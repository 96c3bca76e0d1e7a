/** How values are written for a reader; unknown ones are a dash. */
export interface Format {
  readonly number: (value: number | null) => string;
  /** In few digits: `12.3K`, `1.2万`. */
  readonly compact: (value: number | null) => string;
  /** Of nano-dollars. */
  readonly money: (nanoUsd: number | null) => string;
  /** Of 1. */
  readonly percent: (share: number | null) => string;
  /** Of milliseconds, in the unit that fits: `410 ms`, `1.24 s`, `3 min`, `2 h`. */
  readonly duration: (ms: number | null) => string;
  readonly bytes: (bytes: number | null) => string;
  /** `14:02:33`, of the reader's day. */
  readonly time: (ms: number) => string;
  readonly hour: (ms: number) => string;
  /** Of UTC, since the books have days of UTC. */
  readonly day: (ms: number) => string;
  /** `29 Nov, 14:02`. */
  readonly moment: (ms: number) => string;
  /** `3 minutes ago`, `in 2 hours`. */
  readonly relative: (ms: number, nowMs: number) => string;
  /** Names, one after the other. */
  readonly list: (names: readonly string[]) => string;
}

export const DASH = '–';
const NANO = 1e9;
/** Less is written as less than it. */
const LEAST_USD = 0.0001;

const STEPS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1_000 },
] as const;

/** @param tag a BCP 47 tag */
export function createFormat(tag: string): Format {
  const numbers = new Intl.NumberFormat(tag);
  const compact = new Intl.NumberFormat(tag, { notation: 'compact', maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' });
  const list = new Intl.ListFormat(tag, { type: 'unit', style: 'short' });
  const dates = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(tag, { hourCycle: 'h23', ...options });
  const time = dates({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const hour = dates({ hour: '2-digit', minute: '2-digit' });
  const day = dates({ day: 'numeric', month: 'short', timeZone: 'UTC' });
  const moment = dates({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  const unit = (name: string, digits: number) => {
    const format = new Intl.NumberFormat(tag, {
      style: 'unit',
      unit: name,
      unitDisplay: 'narrow',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    return (value: number) => format.format(value);
  };
  const [ms, seconds, tenths, minutes, hours, days] = [
    unit('millisecond', 0),
    unit('second', 2),
    unit('second', 1),
    unit('minute', 0),
    unit('hour', 1),
    unit('day', 1),
  ];
  const sizes = ['byte', 'kilobyte', 'megabyte', 'gigabyte'].map((name, at) => unit(name, at > 1 ? 1 : 0));
  const dollars = [2, 4].map(
    (digits) =>
      new Intl.NumberFormat(tag, {
        style: 'currency',
        currency: 'USD',
        currencyDisplay: 'narrowSymbol',
        minimumFractionDigits: 2,
        maximumFractionDigits: digits,
      }),
  );
  return {
    number: (value) => (value === null ? DASH : numbers.format(value)),
    compact: (value) => (value === null ? DASH : compact.format(value)),
    money(nanoUsd) {
      if (nanoUsd === null) return DASH;
      const usd = nanoUsd / NANO;
      if (usd > 0 && usd < LEAST_USD) return `<${dollars[1]?.format(LEAST_USD) ?? ''}`;
      return (usd !== 0 && Math.abs(usd) < 1 ? dollars[1] : dollars[0])?.format(usd) ?? DASH;
    },
    percent: (share) => (share === null ? DASH : percent.format(share)),
    duration(value) {
      if (value === null) return DASH;
      if (value < 1_000) return ms(value);
      if (value < 10_000) return seconds(value / 1_000);
      if (value < 120_000) return tenths(value / 1_000);
      if (value < 7_200_000) return minutes(value / 60_000);
      return value < 172_800_000 ? hours(value / 3_600_000) : days(value / 86_400_000);
    },
    bytes(value) {
      if (value === null) return DASH;
      const power = Math.min(sizes.length - 1, Math.floor(Math.log(Math.max(1, value)) / Math.log(1024)));
      return sizes[power]?.(value / 1024 ** power) ?? DASH;
    },
    time: (at) => time.format(at),
    hour: (at) => hour.format(at),
    day: (at) => day.format(at),
    moment: (at) => moment.format(at),
    relative(at, nowMs) {
      const distance = at - nowMs;
      const step = STEPS.find(({ ms: length }) => Math.abs(distance) >= length) ?? STEPS[3];
      return relative.format(Math.round(distance / step.ms), step.unit);
    },
    list: (names) => list.format(names),
  };
}
