import { deploy, remove, type Deployment } from '../../../scripts/deploy/deploy';
import { DeployError } from '../../../scripts/deploy/deploy-error';
import { ScfError, type GetFunctionResponse, type ScfApi } from '../../../scripts/deploy/scf-api';
import { settingsWith } from './project';

const SHA256 = 'ab'.repeat(32);
const URL = 'https://1300000000-abcdefghij.ap-singapore.tencentscf.com';

interface Script {
  /** GetFunction's responses, one after the other; the last one repeatedly. */
  readonly functions: readonly (GetFunctionResponse | undefined)[];
  readonly codeSha256?: string;
  readonly fail?: { readonly action: keyof ScfApi; readonly error: ScfError };
}

/** A deployment against scripted responses, for cases that the local SCF cannot produce. */
function scripted({ functions, codeSha256 = SHA256, fail }: Script) {
  const calls: string[] = [];
  const lines: string[] = [];
  let at = 0;
  const call =
    <T>(action: keyof ScfApi, response: T) =>
    () => {
      calls.push(action);
      return fail?.action === action ? Promise.reject(fail.error) : Promise.resolve(response);
    };
  const api: ScfApi = {
    getFunction: () => call('getFunction', functions[Math.min(at++, functions.length - 1)])(),
    codeSha256: call('codeSha256', codeSha256),
    listTriggers: call('listTriggers', [
      {
        Type: 'http',
        TriggerName: 'url-trigger',
        Qualifier: '$DEFAULT',
        Enable: 1,
        TriggerDesc: `{"AuthType":"NONE","NetConfig":{"EnableIntranet":false,"EnableExtranet":true,"Url":"${URL}"}}`,
      },
    ]),
    createFunction: call('createFunction', {}),
    updateCode: call('updateCode', {}),
    updateConfiguration: call('updateConfiguration', {}),
    createTrigger: call('createTrigger', {}),
    updateTrigger: call('updateTrigger', {}),
    deleteFunction: call('deleteFunction', {}),
  };
  const deployment: Deployment = {
    settings: settingsWith(),
    code: { bytes: Buffer.from('zip'), sha256: SHA256 },
    api,
    terminal: { say: (line) => lines.push(line), progress: (line) => lines.push(line) },
    isLocal: false,
    site: undefined,
    pace: { pollMs: 1, limitMs: 200 },
  };
  return { deployment, calls, lines };
}

const ACTIVE: GetFunctionResponse = {
  Status: 'Active',
  Type: 'HTTP',
  Runtime: 'Nodejs20.19',
  Description: settingsWith().description,
  MemorySize: 128,
  Timeout: 900,
  InitTimeout: 30,
  PublicNetConfig: {
    PublicNetStatus: 'ENABLE',
    EipConfig: { EipStatus: 'ENABLE', EipAddress: ['203.0.113.7'] },
  },
  InstanceConcurrencyConfig: { DynamicEnabled: 'FALSE', MaxConcurrency: 100 },
};

async function problemOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DeployError);
  return String(error);
}

it('changes nothing if nothing differs', async () => {
  const { deployment, calls } = scripted({ functions: [ACTIVE] });
  expect(await deploy(deployment)).toEqual({
    changed: [],
    different: [],
    url: URL,
    egressAddresses: ['203.0.113.7'],
    warnings: [],
  });
  expect(calls).toEqual(['getFunction', 'codeSha256', 'listTriggers']);
});

it('waits until a change of an earlier deployment has ended before it compares', async () => {
  const { deployment, calls, lines } = scripted({
    functions: [{ ...ACTIVE, Status: 'Updating' }, { ...ACTIVE, Status: 'Updating' }, ACTIVE],
  });
  await deploy(deployment);
  expect(calls).toEqual(['getFunction', 'getFunction', 'getFunction', 'codeSha256', 'listTriggers']);
  expect(lines).toContain('waiting: Updating');
});

it('waits for a created function that SCF does not report yet', async () => {
  const { deployment, calls } = scripted({
    functions: [undefined, undefined, { ...ACTIVE, Status: 'Creating' }, ACTIVE],
  });
  await deploy(deployment);
  expect(calls.slice(0, 6)).toEqual([
    'getFunction',
    'createFunction',
    'getFunction',
    'getFunction',
    'getFunction',
    'createTrigger',
  ]);
});

it('reports why an update failed, and what to do', async () => {
  const { deployment, calls } = scripted({
    functions: [
      { ...ACTIVE, MemorySize: 64 },
      { ...ACTIVE, Status: 'Updating' },
      {
        ...ACTIVE,
        Status: 'UpdateFailed',
        StatusReasons: [{ ErrorCode: 'InitFailed', ErrorMessage: 'The function does not start' }],
      },
    ],
  });
  const problem = await problemOf(deploy(deployment));
  for (const part of ['UpdateFailed', 'The function does not start / InitFailed', 'deploy again'])
    expect(problem).toContain(part);
  expect(calls.at(-1)).toBe('getFunction');
});

it('starts from a failed update by sending everything once more', async () => {
  const { deployment, calls } = scripted({ functions: [{ ...ACTIVE, Status: 'UpdateFailed' }, ACTIVE] });
  await deploy(deployment);
  expect(calls.filter((call) => call.startsWith('update'))).toEqual(['updateCode', 'updateConfiguration']);
});

it('leaves a failed creation alone that has a trigger or another type, and says that it has to be removed', async () => {
  const failed = { ...ACTIVE, Status: 'CreateFailed', StatusDesc: 'No room' };
  const withTrigger = scripted({ functions: [{ ...failed, Triggers: [{ Type: 'timer' }] }] });
  const problem = await problemOf(deploy(withTrigger.deployment));
  for (const part of ['No room', 'npm run deploy -- remove']) expect(problem).toContain(part);
  const another = scripted({ functions: [{ ...failed, Type: 'Event' }] });
  expect(await problemOf(deploy(another.deployment))).toContain('has the type Event');
  for (const { calls } of [withTrigger, another]) expect(calls).not.toContain('deleteFunction');
});

it('gives up on a change that does not end', async () => {
  const { deployment } = scripted({ functions: [{ ...ACTIVE, Status: 'Updating' }] });
  expect(await problemOf(deploy(deployment))).toContain('still Updating');
});

it('changes nothing of a function with another runtime', async () => {
  const { deployment, calls } = scripted({ functions: [{ ...ACTIVE, Runtime: 'Nodejs18.15' }] });
  expect(await problemOf(deploy(deployment))).toContain('inputs.runtime: Nodejs18.15');
  expect(calls).toEqual(['getFunction', 'codeSha256', 'listTriggers']);
});

it('reports it if SCF has other values than were sent', async () => {
  const { deployment } = scripted({ functions: [{ ...ACTIVE, InitTimeout: 65 }] });
  const { changed, different } = await deploy(deployment);
  expect(changed).toEqual(['change the configuration: init timeout 65 s → 30 s']);
  expect(different).toEqual(changed);
});

it('reports a call whose response was lost, and that it may have been applied', async () => {
  const { deployment } = scripted({
    functions: [undefined],
    fail: { action: 'createFunction', error: new ScfError('createFunction', '', 'socket hang up') },
  });
  const problem = await problemOf(deploy(deployment));
  for (const part of ['socket hang up', 'not known whether', 'Deploy again']) expect(problem).toContain(part);
});

describe('remove', () => {
  it('deletes and waits until it is deleted', async () => {
    const { deployment, calls } = scripted({
      functions: [ACTIVE, { ...ACTIVE, Status: 'Deleting' }, undefined],
    });
    expect(await remove(deployment)).toBe(true);
    expect(calls).toEqual(['getFunction', 'deleteFunction', 'getFunction', 'getFunction']);
  });

  it('does nothing if there is no function', async () => {
    const { deployment, calls } = scripted({ functions: [undefined] });
    expect(await remove(deployment)).toBe(false);
    expect(calls).toEqual(['getFunction']);
  });

  it('reports that a deletion failed', async () => {
    const { deployment } = scripted({ functions: [ACTIVE, { ...ACTIVE, Status: 'DeleteFailed' }] });
    expect(await problemOf(remove(deployment))).toContain('DeleteFailed');
  });
});
