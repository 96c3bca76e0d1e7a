import { monotonicMs } from '../rig/clock';
import { CLIENT_KEY, CLIENT_KEY_PREFIX, CHAT_RESPONSE, CHAT_PATH, chatBody } from '../rig/messages';
import { requestBytes } from '../rig/request';
import { spread } from '../rig/statistics';
import type { Curve } from './curve';
import type { Pace } from './pace';
import { cpuPerRequest, startSubject, type Bench, type Subject } from './subject';

/** A part of the configuration that may be long, and the CPU of a small request for each length. */
interface Factor {
  readonly name: string;
  readonly title: string;
  readonly label: string;
  /** The unit that the slope refers to. */
  readonly each: string;
  readonly sizes: readonly number[];
  readonly logarithmic: boolean;
  readonly environment: (size: number) => Readonly<Record<string, string>>;
  /** The credential that clients send. */
  readonly token?: (size: number) => string;
}

const keys = (size: number) => list(size, (at) => `${CLIENT_KEY_PREFIX}pool-${at}`);
/** 16 characters, the minimum: an environment variable holds at most 128 KB. */
const tokenOf = (at: number) => `t${String(at).padStart(15, '0')}`;
const tokens = (size: number) => list(size, tokenOf);

const FACTORS: readonly Factor[] = [
  {
    name: 'keys-in-turn',
    title: 'Pool keys, in turn',
    label: 'keys',
    each: 'key',
    sizes: [1, 3, 10, 100, 300, 1_000],
    logarithmic: true,
    environment: (size) => ({ OPENAI_API_KEYS: keys(size), ALLOW_ANONYMOUS: 'true' }),
  },
  {
    name: 'keys-by-affinity',
    title: 'Pool keys, by affinity',
    label: 'keys',
    each: 'key',
    sizes: [1, 3, 10, 100, 300, 1_000],
    logarithmic: true,
    environment: (size) => ({
      OPENAI_API_KEYS: keys(size),
      ALLOW_ANONYMOUS: 'true',
      KEY_STRATEGY: 'affinity',
    }),
  },
  {
    name: 'access-tokens',
    title: 'Access tokens',
    label: 'tokens',
    each: 'token',
    sizes: [1, 10, 100, 1_000, 5_000],
    logarithmic: true,
    environment: (size) => ({ ACCESS_TOKENS: tokens(size) }),
    token: (size) => `${CLIENT_KEY}:${tokenOf(size - 1)}`,
  },
  {
    name: 'model-routes',
    title: 'Model routes, none of which matches',
    label: 'routes',
    each: 'route',
    sizes: [0, 10, 100, 300, 1_000],
    logarithmic: true,
    environment: (size) => ({
      MODEL_ROUTES: list(size, (at) => `model-${at}-*=groq`),
      GROQ_API_KEYS: `${CLIENT_KEY_PREFIX}groq`,
      ALLOW_ANONYMOUS: 'true',
    }),
  },
  {
    name: 'transforms',
    title: 'Transforms',
    label: 'transforms',
    each: 'transform',
    sizes: [0, 1, 2, 5, 10],
    logarithmic: false,
    environment: (size) => ({ MESSAGE_TRANSFORMS: list(size, (at) => `move-system-message:${at + 2}`) }),
  },
];

const CONCURRENCY = 32;

/** One curve for each part of the configuration; the sizes of one are measured in turn, round by round. */
export async function* configCurves(bench: Bench, pace: Pace): AsyncGenerator<Curve> {
  for (const factor of FACTORS) {
    yield await cpuCurve(bench, factor, pace);
    if (factor.name === 'access-tokens') yield await startCurve(bench, factor, pace);
  }
}

async function cpuCurve(bench: Bench, factor: Factor, pace: Pace): Promise<Curve> {
  const subjects: { readonly size: number; readonly subject: Subject; readonly micros: number[] }[] = [];
  const measure = ({ subject, size }: { subject: Subject; size: number }, durationMs: number) =>
    cpuPerRequest(subject, {
      request: requestBytes(
        { port: subject.port, token: factor.token?.(size) ?? CLIENT_KEY },
        CHAT_PATH,
        chatBody(),
      ),
      responseBytes: CHAT_RESPONSE.length,
      concurrency: CONCURRENCY,
      durationMs,
    });
  for (const size of pace.some(factor.sizes)) {
    subjects.push({ size, subject: await startSubject(bench, factor.environment(size)), micros: [] });
  }
  for (const each of subjects) await measure(each, pace.warmUpMs);
  for (let round = 0; round < pace.rounds; round++) {
    for (const each of subjects) each.micros.push(await measure(each, pace.measureMs));
  }
  await Promise.all(subjects.map(({ subject }) => subject.process.stop()));
  return {
    name: factor.name,
    title: factor.title,
    x: { label: factor.label, logarithmic: factor.logarithmic },
    y: { label: 'CPU per request, µs' },
    slope: { unit: `µs per ${factor.each}`, factor: 1 },
    points: subjects.map(({ size, micros }) => ({ x: size, y: spread(micros) })),
  };
}

async function startCurve(bench: Bench, factor: Factor, pace: Pace): Promise<Curve> {
  const sizes = pace.some(factor.sizes);
  const times = new Map(sizes.map((size) => [size, [] as number[]]));
  for (let round = 0; round < pace.rounds; round++) {
    for (const size of sizes) {
      const started = monotonicMs();
      const subject = await startSubject(bench, factor.environment(size));
      times.get(size)?.push(monotonicMs() - started);
      await subject.process.stop();
    }
  }
  return {
    name: `${factor.name}-start`,
    title: `${factor.title}: start`,
    x: { label: factor.label, logarithmic: factor.logarithmic },
    y: { label: 'ms until it listens' },
    slope: { unit: `µs per ${factor.each}`, factor: 1_000 },
    points: [...times].map(([x, ms]) => ({ x, y: spread(ms) })),
  };
}

function list(size: number, item: (at: number) => string): string {
  return Array.from({ length: size }, (_, at) => item(at)).join(',');
}
