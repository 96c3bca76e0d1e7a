import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { exitWith } from '../shared/exit-with';
import { installPackages } from '../shared/install-packages';
import { runChild } from '../shared/run-child';
import { changedFiles, percentOf, scoresIn, sumOf, type Report, type Scores } from './scores';

/** The rooms where a fault costs money, keys or secrets. */
const ROOMS = [
  ...['http', 'meter', 'meter/frames', 'meter/text', 'proxy/auth', 'proxy/http1'],
  ...['proxy/keys', 'proxy/limits', 'proxy/routing'],
];
/** Of the changes, in percent, that a file's own tests alone notice. */
const LEAST_SCORE = 85;

const USAGE = `npm run test:mutation -- [OPTIONS] [ROOM | ROOM/FILE.ts ...]

Changes the code of rooms of src in thousands of small ways, and runs the test that mirrors the file for each (that of its
room, if it has none): a change that no test notices is listed. Ends with 1 below ${LEAST_SCORE} %. Without a ROOM all of them, which
takes an hour; a file takes less than a minute. Results that are still right are taken from the last run.

  ROOM         ${ROOMS.join(', ')}
  --changed    only files that are in the list of scores and have changed since, and whether they are as good as before
  --minutes N  begins with no further file after that time
  --write      writes the scores into scripts/mutation/scores.json`;

const ROOT = path.resolve(__dirname, '../..');
const FOLDER = path.join(ROOT, 'dist/mutation');
const PACKAGES = path.join(ROOT, '__tests__/mutation');
const SCORES = path.join(__dirname, 'scores.json');
const NONE = { noticed: 0, changes: 0 };
/** Processes at a time; on two cores Stryker itself starts one. */
const CONCURRENCY = 2;
/** A mutant more or less runs into its time limit on a busy machine. */
const ROUNDING = 1;
const STRYKER = path.join(PACKAGES, 'node_modules/@stryker-mutator/core/bin/stryker.js');

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      changed: { type: 'boolean', default: false },
      minutes: { type: 'string', default: 'Infinity' },
      write: { type: 'boolean', default: false },
    },
  });
  const minutes = Number(values.minutes);
  const isUnknown = positionals.some((place) => !ROOMS.includes(roomOf(place)));
  if (values.help || isUnknown || Number.isNaN(minutes)) {
    console.log(USAGE);
    return values.help ? 0 : 1;
  }
  const before = readScores();
  const asked = (positionals.length > 0 ? positionals : ROOMS).flatMap(filesOf);
  const files = values.changed ? changedFiles(before, ROOT) : asked;
  if (files.length === 0) {
    console.log('Nothing has changed of what is in the list of scores.');
    return 0;
  }
  await installPackages({ folder: PACKAGES, content: 'StrykerJS, 30 MB to download', lacksPlatforms: true });
  const endsAtMs = Date.now() + minutes * 60_000;
  let isGood = true;
  for (const file of files) {
    if (Date.now() > endsAtMs) {
      console.log(`${file}: not measured, for want of time`);
      continue;
    }
    const scores = await mutate(file);
    const least = Math.min(LEAST_SCORE, values.changed ? percentOf(before[file] ?? NONE) : LEAST_SCORE);
    const percent = percentOf(sumOf(Object.values(scores)));
    console.log(`${file}: ${percent.toFixed(1)} %, at least ${least.toFixed(1)} %`);
    isGood &&= percent >= least - ROUNDING;
    if (values.write) writeScores(scores);
  }
  return isGood ? 0 : 1;
}

function readScores(): Scores {
  return existsSync(SCORES) ? (JSON.parse(readFileSync(SCORES, 'utf8')) as Scores) : {};
}

function writeScores(scores: Scores): void {
  const all = Object.entries({ ...readScores(), ...scores }).sort(([one], [other]) => (one < other ? -1 : 1));
  writeFileSync(SCORES, `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`);
}

function roomOf(place: string): string {
  return place.endsWith('.ts') ? path.posix.dirname(place) : place;
}

/** A room's files, or a file as it is. */
function filesOf(place: string): readonly string[] {
  if (place.endsWith('.ts')) return [place];
  const names = readdirSync(path.join(ROOT, 'src', place)).filter((name) => name.endsWith('.ts'));
  return names.map((name) => `${place}/${name}`);
}

/** The tests that are to notice a change of a file; each test more takes as long as a hundred changes. */
function testsOf(file: string): string {
  const own = file.replace(/\.ts$/, '.test.ts');
  return existsSync(path.join(ROOT, '__tests__', own)) ? own : `${roomOf(file)}/**/*.test.ts`;
}

/** @returns the file's score; nothing if there is no code in it */
async function mutate(file: string): Promise<Scores> {
  const fileOf = (ending: string) => path.join(FOLDER, file.replaceAll('/', '-') + ending);
  const report = fileOf('.report.json');
  rmSync(report, { force: true });
  const config = {
    plugins: ['@stryker-mutator/jest-runner'],
    testRunner: 'jest',
    jest: {
      // Over the project's own: without the bundle that other tests need.
      config: { testMatch: [`**/__tests__/${testsOf(file)}`], globalSetup: null, maxWorkers: 1 },
      enableFindRelatedTests: false,
    },
    mutate: [`src/${file}`],
    coverageAnalysis: 'perTest',
    ignoreStatic: true, // each of those needs a process of its own
    incremental: true,
    incrementalFile: fileOf('.incremental.json'),
    ignorePatterns: ['dist'],
    tempDirName: fileOf('.work'),
    thresholds: { high: 95, low: LEAST_SCORE, break: null },
    disableTypeChecks: false,
    timeoutMS: 5_000,
    reporters: ['clear-text', 'html', 'json'],
    concurrency: CONCURRENCY,
    jsonReporter: { fileName: report },
    htmlReporter: { fileName: fileOf('.html') },
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  };
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(fileOf('.config.json'), JSON.stringify(config, undefined, 2));
  const status = await runChild(process.execPath, [STRYKER, 'run', fileOf('.config.json')], { cwd: ROOT });
  if (status !== 0) throw new Error(`StrykerJS has ended with ${status} for ${file}.`);
  return scoresIn(JSON.parse(readFileSync(report, 'utf8')) as Report, ROOT);
}

exitWith(main);
