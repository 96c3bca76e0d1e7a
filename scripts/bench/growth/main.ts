import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { CACHE } from '../rig/cache';
import { pickCores, pinSelf } from '../rig/cores';
import { endWithUs } from '../rig/processes';
import { startUpstream } from '../rig/upstream';
import { bodyCurves } from './body-growth';
import { chart } from './chart';
import { configCurves } from './config-growth';
import { fit, type Curve } from './curve';
import { QUICK, THOROUGH, type Pace } from './pace';
import { markdown, type Report } from './report';
import { withSection } from './section';
import { streamCurves } from './stream-growth';
import { packageCopy, type Bench } from './subject';

const README = path.resolve(__dirname, '../README.md');
const COMMITTED = path.join(__dirname, 'results');

/**
 * Measures how the cost of the built bundle grows with its work. `--quick`: fewer sizes; `--write`: into the README;
 * `--package FOLDER`: of another build than dist/scf.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, write: { type: 'boolean' }, package: { type: 'string' } },
  });
  const pace = values.quick ? QUICK : THOROUGH;
  endWithUs();
  const cores = pickCores();
  pinSelf(cores.load);
  const upstream = await startUpstream(cores.load);
  const bench = { bundle: packageCopy(values.package), upstream, cores };
  const curves: Curve[] = [];
  for await (const curve of all(bench, pace)) {
    curves.push(curve);
    console.error(`${curve.title}, ${curve.y.label}: ${fit(curve).judgement}`);
  }
  await upstream.process.stop();
  const report = {
    at: new Date().toISOString(),
    node: process.version,
    cores: cores.note,
    rounds: pace.rounds,
    curves,
  };
  const folder = values.write ? COMMITTED : path.join(CACHE, 'growth');
  await writeResults(folder, report);
  console.log(markdown(report, undefined));
  console.error(`\nResults and charts: ${folder}`);
  if (values.write) await writeReadme(report);
}

async function* all(bench: Bench, pace: Pace): AsyncGenerator<Curve> {
  yield* await streamCurves(bench, pace);
  yield* configCurves(bench, pace);
  yield* bodyCurves(bench, pace);
}

async function writeResults(folder: string, report: Report): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const fits = report.curves.map((curve) => ({ ...curve, fit: fit(curve) }));
  writeFileSync(
    path.join(folder, 'growth.json'),
    await formatted(JSON.stringify({ ...report, curves: fits }), 'json'),
  );
  writeFileSync(path.join(folder, 'growth.md'), await formatted(markdown(report, '.'), 'markdown'));
  for (const curve of report.curves) writeFileSync(path.join(folder, `${curve.name}.svg`), chart(curve));
}

async function writeReadme(report: Report): Promise<void> {
  const content = markdown(report, path.relative(path.dirname(README), COMMITTED));
  const text = existsSync(README) ? withSection(readFileSync(README, 'utf8'), 'growth', content) : undefined;
  if (text === undefined) console.error('README.md has no section <!-- growth -->; it stays as it is.');
  else writeFileSync(README, await formatted(text, 'markdown'));
}

async function formatted(text: string, parser: 'json' | 'markdown'): Promise<string> {
  return format(text, { ...(await resolveConfig(README)), parser });
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
