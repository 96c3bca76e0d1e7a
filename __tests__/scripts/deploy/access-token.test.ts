import { decideAccess, tokenLines, withToken } from '../../../scripts/deploy/access-token';
import type { Prepared } from '../../../scripts/deploy/prepare';
import type { GetFunctionResponse } from '../../../scripts/deploy/scf-api';
import { settingsWith } from './project';

const NEW = 'new-token-0123456789';
const OLD = 'me:old-token-0123456789';

function accessOf(...args: Parameters<typeof decided>) {
  return decided(...args).access;
}

function decide(...args: Parameters<typeof decided>) {
  const { access, environment } = decided(...args);
  return [access.kind, environment['ACCESS_TOKENS']];
}

function decided(there: GetFunctionResponse | undefined, more: Partial<Prepared> = {}) {
  const prepared: Prepared = {
    settings: settingsWith({ environment: withToken({}, NEW) }),
    connection: { credentials: { secretId: '', secretKey: '' } },
    code: { bytes: Buffer.alloc(0), sha256: '' },
    commit: '',
    notDeployed: [],
    provisionalToken: NEW,
    hasServerKeys: false,
    ...more,
  };
  return decideAccess(prepared, there);
}

const withTokens = (tokens: string): GetFunctionResponse => ({
  Environment: { Variables: [{ Key: 'ACCESS_TOKENS', Value: tokens }] },
});

describe('A deployment without configured access tokens', () => {
  it.each<[string, GetFunctionResponse | undefined, string, string | undefined]>([
    ['gives a new function a new token', undefined, 'new-token', `me:${NEW}`],
    [
      'gives a function whose creation failed a new token',
      { Status: 'CreateFailed' },
      'new-token',
      `me:${NEW}`,
    ],
    ['keeps the tokens of a function', { Status: 'Active', ...withTokens(OLD) }, 'kept', OLD],
    [
      'keeps the tokens of a function whose creation failed, which may be the only copy',
      { Status: 'CreateFailed', ...withTokens(OLD) },
      'kept',
      OLD,
    ],
    ['leaves a function without tokens as it is', { Status: 'Active' }, 'open', undefined],
  ])('%s.', (_title, there, kind, tokens) => {
    expect(decide(there)).toEqual([kind, tokens]);
  });

  it('gives no keys to a function without tokens, which has clients.', () => {
    expect(() => decide({ Status: 'Active' }, { hasServerKeys: true })).toThrow('ACCESS_TOKENS must be set');
  });

  it('tells what the new token may spend a day of the server’s keys, if there is a limit.', () => {
    const lines = tokenLines('https://x', NEW, 2_500_000_000).join('\n');
    expect(lines).toContain('2.5 USD a day');
    expect(lines).toContain('DAILY_CAP_USD');
    expect(tokenLines('https://x', NEW).join('\n')).not.toContain('USD');
  });

  it.each([
    ['keys and a limit', { hasServerKeys: true, dailyCapNanoUsd: 5e10 }, 5e10],
    ['no keys', { hasServerKeys: false, dailyCapNanoUsd: 5e10 }, undefined],
    ['keys and no limit', { hasServerKeys: true, dailyCapNanoUsd: undefined }, undefined],
  ])('has a daily limit for the new token with %s.', (_what, more, expected) => {
    expect(accessOf(undefined, more)).toEqual({
      kind: 'new-token',
      token: NEW,
      ...(expected === undefined ? {} : { dailyCapNanoUsd: expected }),
    });
  });
});
