import { pushConfiguration } from '../../../scripts/config/push';
import { OperatorError } from '../../../scripts/operator/redis';

const SECRET = 'planted-secret-of-the-tests-0123456789';
const REDIS_URL = 'redis://default:planted-password@127.0.0.1:1';
const TABLE = { OPENAI_API_KEYS: 'sk-planted-0123456789', ACCESS_TOKENS: 'mum:planted-token-0123456789' };

const push = (environment: Record<string, string>, table: Record<string, string> = TABLE) =>
  pushConfiguration({ environment, table, now: Date.now });

describe('npm run config -- push', () => {
  it.each([
    ['an empty table', {}, {}, 'nothing to push'],
    ['no REDIS_URL', {}, TABLE, 'REDIS_URL is not set'],
    ['no CONFIG_SECRET', { REDIS_URL }, TABLE, 'CONFIG_SECRET is not set'],
    ['a CONFIG_SECRET without REDIS_URL', { CONFIG_SECRET: SECRET }, TABLE, 'CONFIG_SECRET needs REDIS_URL'],
    [
      'a secret of three characters',
      { REDIS_URL, CONFIG_SECRET: 'abc' },
      TABLE,
      'CONFIG_SECRET must be one secret',
    ],
    ['an unknown variable', {}, { ...TABLE, TIMOUT: 'planted' }, 'TIMOUT in the configuration file'],
    ['keys without tokens', {}, { OPENAI_API_KEYS: 'planted' }, 'ACCESS_TOKENS must be set'],
  ])('pushes nothing with %s, and says what to do', async (_what, environment, table, remedy) => {
    const { lines, notes, status } = await push(environment, table);
    expect([status, lines]).toEqual([1, []]);
    expect(notes.join('\n')).toContain(remedy);
    expect(notes.join('\n')).toContain('Nothing was pushed.');
    expect(notes.join('\n')).not.toMatch(/planted|abc/);
  });

  it('says all problems of the table at once', async () => {
    const { notes } = await push({}, { ...TABLE, TIMEOUT: 'x', TOKEN_LIMITS: 'aunt: rpm=1; mum: rpm=0' });
    expect(notes.join('\n')).toMatch(/mum: rpm must[^]*TIMEOUT must/);
  });

  it('names the remedy, and not the address, if Redis cannot be reached', async () => {
    const error = await push({ REDIS_URL, CONFIG_SECRET: SECRET }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperatorError);
    expect(String(error)).toMatch(/ECONNREFUSED.*Check REDIS_URL.*npm run deploy/);
    expect(String(error)).not.toContain('planted');
  });
});
