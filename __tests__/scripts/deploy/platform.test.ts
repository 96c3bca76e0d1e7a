import { deploy, remove, stepsOf } from '../../../scripts/deploy/deploy';
import { policyFor } from '../../../scripts/deploy/policy';
import { Account, WRITES } from './account';
import { settingsWith } from './project';

let account: Account;
afterEach(() => account.stop());

const NAME = settingsWith().name;

async function problemOf(promise: Promise<unknown>): Promise<string> {
  return String(
    await promise.then(
      () => 'it succeeded',
      (error: unknown) => error,
    ),
  );
}

describe('a call that fails for now', () => {
  beforeEach(async () => {
    account = await Account.start();
  });

  it.each([
    ['GetFunction', 'InternalError'],
    ['GetFunction', 'RequestLimitExceeded'],
    ['GetFunctionAddress', 'ResourceUnavailable'],
    ['ListTriggers', 'InternalError.System'],
  ])('is repeated if it reads: %s after %s', async (action, code) => {
    await deploy(await account.deployment());
    for (let times = 0; times < 3; times++) account.scf.failNext(action, code, 'Not now.');
    expect((await deploy(await account.deployment())).changed).toEqual([]);
  });

  it.each([
    ['CreateFunction', 'RequestLimitExceeded'],
    ['CreateTrigger', 'FailedOperation.CreateTrigger'],
    ['CreateTrigger', 'FailedOperation.FunctionStatusError'],
  ])('is repeated if it writes and was refused: %s after %s', async (action, code) => {
    account.scf.failNext(action, code, 'Not now.');
    await deploy(await account.deployment());
    expect(account.calls(WRITES).filter((one) => one === action)).toHaveLength(2);
    expect(account.calls(WRITES)).toHaveLength(3);
  });

  it.each([
    ['CreateFunction', 'InternalError', 'not known whether the call was applied'],
    ['CreateTrigger', 'ResourceUnavailable.Function', 'not known whether the call was applied'],
    ['CreateTrigger', 'FailedOperation.Apigw', 'This call changed nothing'],
  ])('is not repeated if it writes and may have been applied: %s after %s', async (action, code, part) => {
    account.scf.failNext(action, code, 'Broken.');
    expect(await problemOf(deploy(await account.deployment()))).toContain(part);
    expect(account.calls(WRITES).filter((one) => one === action)).toHaveLength(1);
  });

  it('is given up after five attempts', async () => {
    for (let times = 0; times < 9; times++)
      account.scf.failNext('CreateFunction', 'RequestLimitExceeded', 'Not now.');
    expect(await problemOf(deploy(await account.deployment()))).toContain('asks for fewer calls');
    expect(account.calls(WRITES)).toHaveLength(5);
  });
});

it('waits before it creates the trigger of a function that has just become Active', async () => {
  account = await Account.start({ settlingMs: 280 }); // less than the pause, which is three polls
  await deploy({ ...(await account.deployment()), pace: { pollMs: 100, limitMs: 5_000 } });
  expect(account.calls(WRITES)).toEqual(['CreateFunction', 'CreateTrigger']);
});

describe('a function whose creation failed', () => {
  beforeEach(async () => {
    account = await Account.start();
    account.scf.failNextCreation('No room for it.');
    const problem = await problemOf(deploy(await account.deployment()));
    for (const part of ['No room for it.', 'CreateFailed', 'removed and created again'])
      expect(problem).toContain(part);
  });

  it('is removed and created again, and that is said', async () => {
    account.lines.length = 0;
    await deploy(await account.deployment());
    expect(account.calls(WRITES)).toEqual([
      'CreateFunction',
      'DeleteFunction',
      'CreateFunction',
      'CreateTrigger',
    ]);
    expect(account.lines[0]).toBe(`- remove the function ${NAME}, whose creation failed: it has never run`);
    expect((await deploy(await account.deployment())).changed).toEqual([]);
  });

  it('is announced by a dry run, which changes nothing', async () => {
    const steps = await stepsOf(await account.deployment());
    expect(steps.map(({ kind }) => kind)).toEqual(['remove', 'create', 'create-trigger']);
    expect(account.calls(WRITES)).toEqual(['CreateFunction']);
  });

  it('can be removed', async () => {
    expect(await remove(await account.deployment())).toBe(true);
    expect(await account.api.getFunction(NAME)).toBeUndefined();
  });
});

describe('a deletion', () => {
  beforeEach(async () => {
    // Longer than anything between two calls takes on a busy machine.
    account = await Account.start({ transitionMs: 500 });
    await deploy(await account.deployment());
  });

  it('is waited for until SCF no longer reports the function in any form', async () => {
    expect(await remove(await account.deployment())).toBe(true);
    await deploy(await account.deployment()); // ResourceInUse.Function if it were still there
  });

  it('that an earlier run began is waited for before anything is created', async () => {
    const deployment = await account.deployment();
    await account.api.deleteFunction(NAME);
    expect((await deploy(deployment)).changed).toHaveLength(2);
    expect(account.lines).toContain('waiting: Deleting');
  });

  it.each([
    ['ResourceNotFound.Version', { Status: 'Deleting' }, { Status: 'Deleting' }],
    ['ResourceNotFound.FunctionVersion', { Status: 'Deleting' }, { Status: 'Deleting' }],
    ['ResourceNotFound.Namespace', { Status: 'Deleting' }, undefined],
    ['ResourceNotFound.Function', undefined, undefined],
    ['ResourceNotFound.FunctionName', undefined, undefined],
    ['ResourceNotFound', undefined, undefined],
  ])('goes on or has ended, by the code: %s', async (code, whileDeleting, otherwise) => {
    for (let times = 0; times < 2; times++) account.scf.failNext('GetFunction', code, 'Not found.');
    expect(await account.api.getFunction(NAME, true)).toEqual(whileDeleting);
    expect(await account.api.getFunction(NAME)).toEqual(otherwise);
  });
});

it('warns of a Function URL that has CORS of its own', async () => {
  account = await Account.start();
  expect((await deploy(await account.deployment())).warnings).toEqual([]);
  const [trigger] = await account.api.listTriggers(NAME);
  await account.api.updateTrigger({
    FunctionName: NAME,
    TriggerName: trigger?.TriggerName ?? '',
    Type: 'http',
    Qualifier: '$DEFAULT',
    TriggerDesc: JSON.stringify({
      AuthType: 'NONE',
      NetConfig: { EnableIntranet: false, EnableExtranet: true },
      CorsConfig: { Enable: true },
    }),
  });
  const { changed, warnings } = await deploy(await account.deployment());
  expect(changed).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('two Access-Control-Allow-Origin headers')]);
});

it('has a policy with exactly the calls that a creation, updates and a removal make', async () => {
  account = await Account.start();
  await deploy(await account.deployment());
  await deploy(await account.deployment('second', { memoryMb: 256 }));
  await deploy(
    await account.deployment('second', {
      memoryMb: 256,
      trigger: { ...settingsWith().trigger, intranet: true },
    }),
  );
  // "npm run logs" searches the topic of the function: __tests__/deploy/logs.test.ts has its calls.
  await remove(await account.deployment());
  const [{ action: allowed }] = policyFor(settingsWith()).statement;
  expect([...allowed].sort()).toEqual(
    // The command also asks which version the URL serves.
    [
      'cls:SearchLog',
      ...[...new Set([...account.calls(), 'GetAlias'])].map((action) => `scf:${action}`),
    ].sort(),
  );
});

it('leads an account that never had a function to a URL, one remedy at a time', async () => {
  account = await Account.start({ settlingMs: 20, isNewAccount: true });
  const remedies: [code: string, remedy: string][] = [
    ['FailedOperation.UnOpenedService', 'SCF is not opened'],
    ['FailedOperation.QcsRoleNotFound', 'SCF_QcsRole'],
    ['FailedOperation.ClsServiceUnregistered', 'CLS'],
    ['FailedOperation.AccountInsufficient', 'no balance'],
  ];
  for (const [code, remedy] of remedies) {
    account.scf.failNext('CreateFunction', code, 'Refused.');
    expect(await problemOf(deploy(await account.deployment()))).toContain(remedy);
  }
  const { url, warnings } = await deploy(await account.deployment());
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(warnings).toEqual([]);
});
