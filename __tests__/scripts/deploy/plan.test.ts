import { plan, type Found } from '../../../scripts/deploy/plan';
import type { FunctionSettings } from '../../../scripts/deploy/serverless-file';
import { settingsWith } from './project';

const SHA256 = 'ab'.repeat(32);
const WANTED = settingsWith({ environment: { ACCESS_TOKENS: 'me:tok-1', KEY_STRATEGY: 'affinity' } });

/** A function exactly as wanted. */
const THERE: Found = {
  codeSha256: SHA256,
  function: {
    Status: 'Active',
    Type: 'HTTP',
    Runtime: 'Nodejs20.19',
    Description: WANTED.description,
    MemorySize: 128,
    Timeout: 900,
    InitTimeout: 30,
    PublicNetConfig: {
      PublicNetStatus: 'ENABLE',
      EipConfig: { EipStatus: 'ENABLE', EipAddress: ['203.0.113.7'] },
    },
    InstanceConcurrencyConfig: { DynamicEnabled: 'FALSE', MaxConcurrency: 100 },
    Environment: {
      Variables: [
        { Key: 'KEY_STRATEGY', Value: 'affinity' },
        { Key: 'ACCESS_TOKENS', Value: 'me:tok-1' },
      ],
    },
  },
  triggers: [
    {
      Type: 'http',
      TriggerName: 'url-trigger',
      Qualifier: '$DEFAULT',
      Enable: 1,
      TriggerDesc:
        '{"AuthType":"NONE","NetConfig":{"EnableIntranet":false,"EnableExtranet":true,"X":"y"},"CorsConfig":null}',
    },
  ],
};

function stepsFor(found: Found | undefined, wanted: FunctionSettings = WANTED) {
  return plan(wanted, SHA256, found).steps;
}

describe('a function that does not exist', () => {
  it('is created with everything, then gets its URL', () => {
    const steps = stepsFor(undefined);
    expect(steps).toMatchObject([
      {
        kind: 'create',
        parameters: {
          Description: WANTED.description,
          MemorySize: 128,
          Timeout: 900,
          InitTimeout: 30,
          PublicNetConfig: { PublicNetStatus: 'ENABLE', EipConfig: { EipStatus: 'ENABLE' } },
          InstanceConcurrencyConfig: { DynamicEnabled: 'FALSE', MaxConcurrency: 100 },
          Environment: {
            Variables: [
              { Key: 'ACCESS_TOKENS', Value: 'me:tok-1' },
              { Key: 'KEY_STRATEGY', Value: 'affinity' },
            ],
          },
        },
      },
      {
        kind: 'create-trigger',
        parameters: {
          TriggerName: 'url-trigger',
          Type: 'http',
          Qualifier: '$DEFAULT',
          Enable: 'OPEN',
          TriggerDesc: '{"AuthType":"NONE","NetConfig":{"EnableIntranet":false,"EnableExtranet":true}}',
        },
      },
    ]);
  });

  it('is created without empty values', () => {
    const [create] = stepsFor(undefined, settingsWith({ description: '', maxConcurrency: undefined }));
    expect(Object.keys((create as { parameters: object }).parameters)).toEqual([
      'MemorySize',
      'Timeout',
      'InitTimeout',
      'PublicNetConfig',
    ]);
  });
});

describe('an existing function', () => {
  it('is not changed if it is as described', () => {
    expect(plan(WANTED, SHA256, THERE)).toEqual({ steps: [], conflicts: [] });
  });

  it.each([
    ['hex', SHA256],
    ['hex in capitals', SHA256.toUpperCase()],
    ['Base64', Buffer.from(SHA256, 'hex').toString('base64')],
  ])('has its code recognised by a hash in %s', (_form, codeSha256) => {
    expect(stepsFor({ ...THERE, codeSha256 })).toEqual([]);
  });

  it.each([undefined, '', 'cd'.repeat(32)])('gets its code if the hash is %s', (codeSha256) => {
    expect(stepsFor({ ...THERE, codeSha256 }).map(({ kind }) => kind)).toEqual(['code']);
  });

  it.each<[string, Partial<FunctionSettings>, object, string]>([
    ['memory', { memoryMb: 256 }, { MemorySize: 256 }, 'memory 128 MB → 256 MB'],
    ['timeout', { timeoutSeconds: 60 }, { Timeout: 60 }, 'timeout 900 s → 60 s'],
    ['init timeout', { initTimeoutSeconds: 60 }, { InitTimeout: 60 }, 'init timeout 30 s → 60 s'],
    ['description', { description: 'mine' }, { Description: 'mine' }, 'description'],
    [
      'egress address',
      { fixedAddress: false },
      { PublicNetConfig: { PublicNetStatus: 'ENABLE', EipConfig: { EipStatus: 'DISABLE' } } },
      'fixed egress address ENABLE → DISABLE',
    ],
    [
      'concurrency',
      { maxConcurrency: 10 },
      { InstanceConcurrencyConfig: { DynamicEnabled: 'FALSE', MaxConcurrency: 10 } },
      'requests per instance 100 → 10',
    ],
    [
      'no concurrency',
      { maxConcurrency: undefined },
      { InstanceConcurrencyConfig: { DynamicEnabled: '' } },
      'requests per instance 100 → 1',
    ],
    [
      'variables',
      { environment: { ACCESS_TOKENS: 'me:tok-2', ADMIN_TOKEN: 'adm-1' } },
      {
        Environment: {
          Variables: [
            { Key: 'ACCESS_TOKENS', Value: 'me:tok-2' },
            { Key: 'ADMIN_TOKEN', Value: 'adm-1' },
          ],
        },
      },
      'ACCESS_TOKENS changed, ADMIN_TOKEN added, KEY_STRATEGY removed',
    ],
    // Tencent's own tools remove the last variable this way; an empty list changes nothing.
    [
      'no variables',
      { environment: {} },
      { Environment: { Variables: [{ Key: '', Value: '' }] } },
      'KEY_STRATEGY removed, ACCESS_TOKENS removed',
    ],
  ])('has only its %s changed', (_what, changes, parameters, line) => {
    expect(stepsFor(THERE, { ...WANTED, ...changes })).toEqual([
      { kind: 'configuration', parameters, line: `change the configuration: ${line}` },
    ]);
  });

  it('never has a value in its lines', () => {
    const wanted = { ...WANTED, environment: { ACCESS_TOKENS: 'me:tok-secret' } };
    for (const found of [undefined, THERE]) {
      expect(
        stepsFor(found, wanted)
          .map(({ line }) => line)
          .join(),
      ).not.toMatch(/tok-|affinity/);
    }
  });

  it('that was emptied of variables counts as having none', () => {
    const emptied = {
      ...THERE,
      function: { ...THERE.function, Environment: { Variables: [{ Key: '', Value: '' }] } },
    };
    expect(stepsFor(emptied, { ...WANTED, environment: {} })).toEqual([]);
  });

  it('of which SCF reports little gets all unknown values', () => {
    const bare: Found = { function: { Status: 'Active' }, codeSha256: SHA256, triggers: THERE.triggers };
    expect(stepsFor(bare)).toMatchObject([{ kind: 'configuration' }]);
  });

  it('whose last update failed is sent everything once more', () => {
    const failed = { ...THERE, function: { ...THERE.function, Status: 'UpdateFailed' } };
    const steps = stepsFor(failed);
    expect(steps.map(({ kind }) => kind)).toEqual(['code', 'configuration']);
    expect(Object.keys((steps[1] as { parameters: object }).parameters)).toHaveLength(7);
  });

  it.each([
    ['of another type', { Type: 'Event' }, 'the type Event'],
    ['with another runtime', { Runtime: 'Nodejs18.15' }, 'inputs.runtime: Nodejs18.15'],
  ])('%s is a conflict with two ways out', (_what, there, named) => {
    const found = { ...THERE, function: { ...THERE.function, ...there } };
    const { steps, conflicts } = plan(WANTED, SHA256, found);
    expect(steps).toEqual([]);
    expect(conflicts).toHaveLength(1);
    expect(conflicts[0]).toContain(named);
    expect(conflicts[0]).toContain('npm run deploy -- remove');
  });
});

describe('the public URL', () => {
  const [trigger] = THERE.triggers;
  it.each<[string, Found['triggers'], string[]]>([
    ['that is not there is created', [], ['create-trigger']],
    ['of another qualifier is not ours', [{ ...trigger, Qualifier: '$LATEST' }], ['create-trigger']],
    ['without a qualifier is of $LATEST', [{ Type: 'http', TriggerName: 'x' }], ['create-trigger']],
    ['beside a timer is created', [{ ...trigger, Type: 'timer' }], ['create-trigger']],
    ['that is closed is opened', [{ ...trigger, Enable: 0 }], ['update-trigger']],
    ['that is unreadable is changed', [{ ...trigger, TriggerDesc: '?' }], ['update-trigger']],
    [
      'that asks for a sign-in is opened',
      [{ ...trigger, TriggerDesc: '{"AuthType":"CAM"}' }],
      ['update-trigger'],
    ],
    [
      'for Tencent’s own network only is opened',
      [{ ...trigger, TriggerDesc: '{"AuthType":"NONE","NetConfig":{"EnableIntranet":true}}' }],
      ['update-trigger'],
    ],
  ])('%s', (_what, triggers, kinds) => {
    expect(stepsFor({ ...THERE, triggers }).map(({ kind }) => kind)).toEqual(kinds);
  });

  it('keeps the name that it has', () => {
    const triggers = [{ ...trigger, TriggerName: 'made-by-hand', Enable: 0 }];
    expect(stepsFor({ ...THERE, triggers })).toMatchObject([
      { kind: 'update-trigger', parameters: { TriggerName: 'made-by-hand' } },
    ]);
  });
});
