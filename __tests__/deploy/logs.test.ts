import { setTimeout as sleep } from 'node:timers/promises';
import type { LogFields } from '../../scripts/local-scf/logs';
import { send } from '../helpers/http';
import { policyFor } from '../../scripts/deploy/policy';
import { settingsWith } from '../scripts/deploy/project';
import { Scene, urlIn } from '../scripts/deploy/scene';
import { logs, type LogRun, type LogRunOptions } from '../scripts/logs/run';

const FUNCTION = { name: 'scf-llm-proxy', region: 'ap-singapore' };
const OTHER = { ...FUNCTION, name: 'another' };
const REQUEST = { level: 'info', msg: 'request', method: 'GET', path: '/v1/models', provider: 'openai' };
const lineOf = (token: string, status = 200) =>
  JSON.stringify({ ...REQUEST, status, token, outcome: 'complete', bytes: 1, ms: 1, attempts: 1 });

/** For lines that no other test finds. */
let ownTimeMs = Date.now() - 10 * 86_400_000;
let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start();
  expect((await scene.deploy()).errors).toBe('');
});
afterAll(() => scene.stop());

function run(args: readonly string[], options: LogRunOptions = {}): Promise<LogRun> {
  const { root, environment } = scene.project;
  return logs(args, { root, environment, ...options });
}

it('a search and the look-up of the function are all that it calls, and the policy of the deployment has both', async () => {
  const before = scene.scf.calls.length;
  await run([]);
  const called = scene.scf.calls.slice(before).map(({ action }) => action);
  expect(called).toEqual(['GetFunction', 'SearchLog']);
  const { statement } = policyFor(settingsWith());
  const actions = statement.flatMap(({ action }) => action);
  expect(actions.filter((one) => !one.startsWith('scf:'))).toEqual(['cls:SearchLog']);
  expect(actions).toContain('scf:GetFunction');
  const without = policyFor(settingsWith({ logs: false })).statement.flatMap(({ action }) => action);
  expect(without).not.toContain('cls:SearchLog');
});

const write = (text: string, fields?: LogFields) => scene.scf.writeLog(FUNCTION, text, fields);
const tokensIn = ({ output }: LogRun) => [...output.matchAll(/token-\d+/g)].map(([token]) => token);

it('prints the requests of the deployed function, from CLS by Tencent’s client', async () => {
  const { output } = await scene.deploy();
  await send(urlIn(output), '/openai/v1/models', {
    headers: { authorization: 'Bearer first-token-0123456789' },
  });
  let shown = await run(['--token', 'me']);
  for (let left = 100; left > 0 && shown.lines.length === 0; left--) {
    await sleep(50); // the instance is frozen after its response; a further request lets it write the line
    await send(urlIn(output), '/-/health');
    shown = await run(['--token', 'me']);
  }
  expect(shown.status).toBe(0);
  expect(shown.lines[0]).toMatch(/ 200 {2}GET \/v1\/models {2}openai {2}me {2}key /);
  const search = scene.scf.calls.find(({ action }) => action === 'SearchLog');
  expect(search).toMatchObject({
    region: 'ap-singapore',
    parameters: { TopicId: 'topic-ap-singapore', Query: 'SCF_FunctionName:"scf-llm-proxy"', Sort: 'asc' },
  });
});

it('reads more than one page, and more than one context gives, without a gap or a repetition', async () => {
  const from = Date.now() - 30 * 86_400_000;
  const count = 10_500;
  for (let at = 0; at < count; at++) {
    // The context ends among lines of the same time.
    write(lineOf(`token-${at}`), { timeMs: from + Math.floor(at / 50) });
    if (at % 100 === 0) scene.scf.writeLog(OTHER, lineOf('token-0'), { timeMs: from + at });
  }
  const shown = await run(['--since', '1h'], { nowMs: () => from + 3_600_000 });
  expect(tokensIn(shown)).toEqual(Array.from({ length: count }, (_, at) => `token-${at}`));
});

it('with --follow shows each line once, also one that arrives late', async () => {
  const start = Date.now() - 20 * 86_400_000;
  let now = start;
  write(lineOf('token-1'), { timeMs: start - 1_000 });
  const steps = [
    () => write(lineOf('token-2'), { timeMs: now - 500 }),
    () => write(lineOf('token-3'), { timeMs: now - 30_000 }), // late
    () => undefined,
  ];
  const shown = await run(['--follow', '--since', '1m'], {
    nowMs: () => now,
    pause: () => {
      now += 2_000;
      const step = steps.shift();
      step?.();
      return Promise.resolve(step !== undefined);
    },
  });
  expect(tokensIn(shown)).toEqual(['token-1', 'token-2', 'token-3']);
});

it.each<[string, string, LogFields, RegExp | undefined]>([
  ['passes an unknown line on', 'Segmentation fault', {}, /^Segmentation fault$/],
  ['leaves the platform’s routine lines out', 'START RequestId:1', { type: 'Platform' }, undefined],
  [
    'leaves a report of success out',
    'Report RequestId:1 Duration:1ms',
    { type: 'Platform', statusCode: 200 },
    undefined,
  ],
  [
    'shows a report of failure with its remedy',
    'Report RequestId:1 Duration:900000ms',
    { type: 'Platform', statusCode: 433 },
    / {2}SCF 433 {2}Report RequestId:1 .*\n +→ The function reached its time limit: raise inputs\.timeout/,
  ],
  [
    'names the list for a status without a remedy',
    'Report RequestId:1',
    { type: 'Platform', statusCode: 430 },
    /→ Look the status up at https:/,
  ],
  [
    'shows the platform’s errors',
    'ERROR RequestId:1 Result:exited',
    { type: 'Platform' },
    / {2}SCF {2}ERROR RequestId:1/,
  ],
  [
    'reads a line that CLS has taken apart',
    '',
    { json: { ...REQUEST, status: 200 } },
    / {2}200 {2}GET \/v1\/models/,
  ],
  [
    'reads a line that is an object in its field',
    '',
    { json: { SCF_Message: { ...REQUEST, status: 200 } } },
    / {2}200 {2}GET/,
  ],
])('%s', async (_what, text, fields, expected) => {
  ownTimeMs += 3_600_000;
  write(text, { ...fields, timeMs: ownTimeMs });
  const { output } = await run(['--since', '1s'], { nowMs: () => ownTimeMs });
  if (expected) expect(output.trimEnd()).toMatch(expected);
  else expect(output).toBe('');
});

it('tries again after a lost call, and after one that was over a limit', async () => {
  scene.scf.dropCall('SearchLog', 0, 'before');
  scene.scf.failNext('SearchLog', 'RequestLimitExceeded', 'Slow down.');
  expect(await run([])).toMatchObject({ status: 0, errors: expect.not.stringContaining('Slow') as string });
  scene.scf.failNext('SearchLog', 'FailedOperation.SearchTimeout', 'Slow.');
  expect(await run([])).toMatchObject({ status: 0 });
});

it.each([
  ['UnauthorizedOperation', /QcloudCLSReadOnlyAccess/],
  ['AuthFailure.SecretIdNotFound', /TENCENT_SECRET_ID/],
  ['ResourceNotFound.TopicNotExist', /topic that the function writes to was deleted/],
  ['FailedOperation.SyntaxError', /index on SCF_FunctionName/],
  ['OperationDenied.AccountIsolate', /CLS is not open for this account, or suspended/],
  ['FailedOperation.Other', /Fix what it reports/],
])('names a remedy if CLS responds with %s', async (code, remedy) => {
  scene.scf.failNext('SearchLog', code, 'Not for local-scf-deployer-secret-key.');
  const { status, errors } = await run([]);
  expect(status).toBe(1);
  expect(errors).toContain(`(${code}).`);
  expect(errors).toMatch(remedy);
  expect(errors).not.toContain('deployer-secret-key');
});

it('names the remedy of the deployment if the function cannot be looked up', async () => {
  scene.scf.failNext('GetFunction', 'UnauthorizedOperation.CAM', 'No.');
  const { status, errors } = await run([]);
  expect(status).toBe(1);
  expect(errors).toMatch(/^Could not look the function up: No\. \(UnauthorizedOperation\.CAM\)\. .*policy/);
});

describe('with logs: off in serverless.yml', () => {
  it('a deployment turns the log off, another changes nothing, and the command says how to turn it on', async () => {
    scene.project.describe((text) => text.replace('# logs: off', 'logs: off'));
    const planned = await scene.deploy('--dry-run');
    expect(planned.output).toContain('log on → off');
    expect((await scene.deploy()).writes).toEqual(['UpdateFunctionConfiguration']);
    const update = scene.scf.calls.filter(({ action }) => action === 'UpdateFunctionConfiguration').at(-1);
    expect(update?.parameters).toMatchObject({ ClsLogsetId: '', ClsTopicId: '' });
    expect((await scene.deploy()).writes).toEqual([]);
    const { status, errors } = await run([]);
    expect(status).toBe(1);
    expect(errors).toMatch(/has no log: it is off\. Turn it on at https:.*"logs: off"/);

    scene.project.describe((text) => text); // on: what SCF has stays
    expect((await scene.deploy()).writes).toEqual([]);
  });

  it('a function that does not exist has no log', async () => {
    scene.project.describe((text) => text.replace(/^ {2}name: scf-llm-proxy$/m, '  name: not-there'));
    expect((await run([])).errors).toContain('does not exist. Create it with "npm run deploy".');
    scene.project.describe((text) => text);
  });
});
