import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exitWith } from '../shared/exit-with';
import { installPackages } from '../shared/install-packages';
import { runChild } from '../shared/run-child';

/** The rooms where a fault costs money, keys or secrets. */
const ROOMS = ['http', 'meter', 'proxy/auth', 'proxy/keys', 'proxy/limits', 'proxy/routing'];
/** Of the changes, in percent, that the tests of the same room alone notice. */
const LEAST_SCORE = 85;

const USAGE = `npm run test:mutation -- [ROOM | ROOM/FILE.ts ...]

Changes the code of rooms of src in thousands of small ways, and runs the tests that mirror the room for each: a change that
no test notices is listed. Ends with 1 below ${LEAST_SCORE} %. Without a ROOM all of them, which takes hours; a file takes minutes.
Results that are still right are taken from the last run.

  ROOM  ${ROOMS.join(', ')}`;

const ROOT = path.resolve(__dirname, '../..');
const FOLDER = path.join(ROOT, 'dist/mutation');
const PACKAGES = path.join(ROOT, '__tests__/mutation');
const STRYKER = path.join(PACKAGES, 'node_modules/@stryker-mutator/core/bin/stryker.js');

async function main(): Promise<number> {
  const asked = process.argv.slice(2);
  const unknown = asked.find((place) => !ROOMS.includes(roomOf(place)));
  if (unknown !== undefined) {
    console.log(USAGE);
    return unknown === '--help' ? 0 : 1;
  }
  await installPackages({ folder: PACKAGES, content: 'StrykerJS, 30 MB to download', lacksPlatforms: true });
  let worst = 0;
  for (const place of asked.length > 0 ? asked : ROOMS) worst = Math.max(worst, await mutate(place));
  return worst;
}

function roomOf(place: string): string {
  return place.endsWith('.ts') ? path.posix.dirname(place) : place;
}

/**
 * @param place a room, or a file in one
 * @returns Stryker's exit status: 1 if the score is too low
 */
function mutate(place: string): Promise<number> {
  const fileOf = (ending: string) => path.join(FOLDER, place.replaceAll('/', '-') + ending);
  const config = {
    plugins: ['@stryker-mutator/jest-runner'],
    testRunner: 'jest',
    jest: {
      // Over the project's own: without the bundle that other tests need.
      config: { testMatch: [`**/__tests__/${roomOf(place)}/**/*.test.ts`], globalSetup: null, maxWorkers: 1 },
      enableFindRelatedTests: false,
    },
    mutate: [place.endsWith('.ts') ? `src/${place}` : `src/${place}/**/*.ts`],
    coverageAnalysis: 'perTest',
    ignoreStatic: true, // each of those needs a process of its own
    incremental: true,
    incrementalFile: fileOf('.incremental.json'),
    ignorePatterns: ['dist'],
    tempDirName: path.join(FOLDER, 'work'),
    thresholds: { high: 95, low: LEAST_SCORE, break: LEAST_SCORE },
    disableTypeChecks: false,
    timeoutMS: 5_000,
    reporters: ['clear-text', 'html'],
    htmlReporter: { fileName: fileOf('.html') },
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  };
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(fileOf('.config.json'), JSON.stringify(config, undefined, 2));
  return runChild(process.execPath, [STRYKER, 'run', fileOf('.config.json')], { cwd: ROOT });
}

exitWith(main);
