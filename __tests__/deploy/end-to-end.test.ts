import path from 'node:path';
import { sourceCommit } from '../../scripts/build/source-commit';
import { SIMULATED_TEXT } from '../../scripts/fakes/simulated-replies';
import { VERSION } from '../../src/app/version';
import { Scene, anthropicResponse, openaiResponse, urlIn } from '../scripts/deploy/scene';

const COMMIT = sourceCommit(path.resolve(__dirname, '../..'), process.env['SOURCE_COMMIT']);
let scene: Scene;

beforeEach(async () => {
  scene = await Scene.start();
});
afterEach(() => scene.stop());

it('creates, changes only what changed, and then nothing', async () => {
  const created = await scene.deploy();
  expect(created.errors).toBe('');
  expect(created.status).toBe(0);
  expect(created.writes).toEqual(['CreateFunction', 'CreateTrigger']);
  expect(created.output).toContain('Fixed egress address: 203.0.113.');
  expect(created.output).toContain(`It responds with version ${VERSION} (commit ${COMMIT}).`);
  const url = urlIn(created.output);
  expect(await openaiResponse(url, 'first-token-0123456789')).toBe(SIMULATED_TEXT);
  expect(await anthropicResponse(url, 'first-token-0123456789')).toBe(SIMULATED_TEXT);
  expect(scene.upstream.seen.map(({ headers }) => headers.authorization ?? headers['x-api-key'])).toEqual([
    'Bearer sk-proj-of-the-server',
    'sk-ant-of-the-server',
  ]);

  scene.project.environment['ACCESS_TOKENS'] = 'me:second-token-0123456789';
  const wouldChange = await scene.deploy('--dry-run');
  expect(wouldChange.output).toBe(
    'Steps a deployment would take:\n- change the configuration: ACCESS_TOKENS changed\n',
  );
  expect(wouldChange.writes).toEqual([]);
  const reconfigured = await scene.deploy();
  expect(reconfigured.writes).toEqual(['UpdateFunctionConfiguration']);
  expect(urlIn(reconfigured.output)).toBe(url);
  expect(await openaiResponse(url, 'second-token-0123456789')).toBe(SIMULATED_TEXT);
  await expect(openaiResponse(url, 'first-token-0123456789')).rejects.toMatchObject({ status: 401 });

  scene.project.write('config/more.yaml', 'DEFAULT_PROVIDER: anthropic\n'); // goes into the bundle
  expect((await scene.deploy()).writes).toEqual(['UpdateFunctionCode']);

  const unchanged = await scene.deploy();
  expect(unchanged.calls).toEqual(['GetFunction', 'GetFunctionAddress', 'ListTriggers', 'GetAlias']);
  expect(unchanged.output).toContain('Nothing changed');
  expect(urlIn(unchanged.output)).toBe(url);
  expect((await scene.deploy('--dry-run')).output).toBe('Nothing would change.\n');

  const removed = await scene.deploy('remove');
  expect(removed).toMatchObject({ status: 0, writes: ['DeleteFunction'] });
  expect((await scene.deploy('remove')).output).toContain('There is no function scf-llm-proxy');
});

it('prints the result as JSON, and its messages to standard error', async () => {
  const { status, output, errors } = await scene.deploy('--json');
  expect(status).toBe(0);
  expect(JSON.parse(output)).toMatchObject({
    changed: [expect.stringContaining('create the function'), 'create the public URL'],
    different: [],
    url: expect.stringMatching(/^http:/) as string,
    egressAddresses: [expect.any(String)],
    health: { status: 'ok', version: VERSION, commit: COMMIT, region: 'ap-singapore' },
  });
  expect(errors).toContain('Public URL: ');
});

it('has no secret of the account in a body, and none at all in what it prints', async () => {
  scene.scf.failNext(
    'CreateTrigger',
    'FailedOperation',
    'Not for first-token-0123456789 with local-scf-deployer-secret-key.',
  );
  const failed = await scene.deploy();
  const { output, errors } = await scene.deploy();
  expect(failed.status).toBe(1);
  expect(JSON.stringify(scene.scf.calls)).not.toContain(scene.scf.credentials.secretKey);
  const printed = failed.output + failed.errors + output + errors;
  for (const secret of [scene.scf.credentials.secretKey, 'first-token-0123456789', 'of-the-server'])
    expect(printed).not.toContain(secret);
});

it('reports that a rejected update changed nothing, and continues from there', async () => {
  await scene.deploy();
  scene.project.environment['ACCESS_TOKENS'] = 'me:second-token-0123456789';
  scene.project.write('config/more.yaml', 'DEFAULT_PROVIDER: anthropic\n');
  scene.scf.failNext(
    'UpdateFunctionConfiguration',
    'FailedOperation.UpdateFunctionConfiguration',
    'Not today.',
  );
  const failed = await scene.deploy();
  expect(failed).toMatchObject({ status: 1, writes: ['UpdateFunctionCode', 'UpdateFunctionConfiguration'] });
  expect(failed.errors).toContain('Not today.');
  expect(failed.errors).toContain('This call changed nothing; the steps before it remain applied.');
  expect((await scene.deploy()).writes).toEqual(['UpdateFunctionConfiguration']);
});
