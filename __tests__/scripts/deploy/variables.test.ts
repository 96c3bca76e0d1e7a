import { selectVariables, type VariableSources } from '../../../scripts/deploy/variables';

const select = (given: Partial<VariableSources>) =>
  selectVariables({ source: '', described: {}, lines: [], environment: {}, fromFile: {}, ...given });

describe('The variables of a function', () => {
  it('are what serverless.yml describes, and every other variable of the proxy that is set here.', () => {
    const { deployed, notDeployed } = select({
      described: { ACCESS_TOKENS: 'a:b' },
      lines: ['ACCESS_TOKENS'],
      environment: {
        ACCESS_TOKENS: 'a:b',
        HEARTBEAT_AFTER: '15000',
        DEEPSEEK_API_KEYS: 'k',
        TIMEOUT: '',
        HOME: '/',
      },
    });
    expect(deployed).toEqual({ ACCESS_TOKENS: 'a:b', HEARTBEAT_AFTER: '15000', DEEPSEEK_API_KEYS: 'k' });
    expect(notDeployed).toEqual([]);
  });

  it('include the keys of a provider of the user’s own.', () => {
    const environment = { PROVIDERS: 'mine=https://llm.example.com/v1', MINE_API_KEYS: 'k' };
    expect(select({ environment }).deployed).toEqual(environment);
  });

  it.each<[string, Partial<VariableSources>, string[]]>([
    [
      'a key of the user',
      { environment: { OPENAI_API_KEY: 'k' } },
      ['OPENAI_API_KEY (to deploy it, name it OPENAI_API_KEYS)'],
    ],
    ['the port', { environment: { PORT: '9100' } }, ['PORT (SCF expects 9000)']],
    ['the address', { environment: { HOST: 'my-machine' } }, ['HOST (SCF expects every address)']],
    [
      'what is for load balancers',
      { environment: { SHUTDOWN_DELAY: '5000' } },
      ['SHUTDOWN_DELAY (SCF sends nothing to an instance that it ends)'],
    ],
    [
      'a variable that serverless.yml sets otherwise',
      { environment: { TIMEOUT: '1' }, described: { TIMEOUT: '2' }, lines: ['TIMEOUT'] },
      ['TIMEOUT (serverless.yml has another value)'],
    ],
    [
      'a variable whose line in serverless.yml is empty',
      { environment: { TIMEOUT: '1' }, lines: ['TIMEOUT'] },
      ['TIMEOUT (serverless.yml has another value)'],
    ],
    [
      'a line of .env that is not for the proxy',
      { environment: { EDITOR: 'vi', FOO: '1' }, fromFile: { FOO: '1' } },
      ['FOO (not a variable of this proxy)'],
    ],
  ])('leave out %s, with the reason.', (_title, sources, expected) => {
    const { deployed, notDeployed } = select(sources);
    expect(notDeployed).toEqual(expected);
    expect(deployed).toEqual(sources.described ?? {});
  });

  it.each<[string, Partial<VariableSources>]>([
    ['a key beside the server’s keys', { environment: { OPENAI_API_KEY: 'k', OPENAI_API_KEYS: 'k' } }],
    ['credentials', { environment: { TENCENT_SECRET_ID: 'i' }, fromFile: { TENCENT_SECRET_ID: 'i' } }],
    ['the network’s HTTP proxy', { environment: { https_proxy: 'p' }, fromFile: { https_proxy: 'p' } }],
    [
      'what serverless.yml refers to',
      { source: '${env:MY_KEYS}', environment: { MY_KEYS: 'k' }, fromFile: { MY_KEYS: 'k' } },
    ],
  ])('leave out %s without a word.', (_title, sources) => {
    expect(select(sources)).toMatchObject({ notDeployed: [], problems: [] });
  });

  it.each([
    ['ACESS_TOKENS', 'ACCESS_TOKENS'],
    ['TENCENT_SECRETKEY', 'TENCENT_SECRET_KEY'],
    ['OPENAI_APIKEYS', 'OPENAI_API_KEYS'],
  ])('are not deployed while %s is misspelt.', (name, meant) => {
    const { problems, notDeployed } = select({ environment: { [name]: 'x' }, fromFile: { [name]: 'x' } });
    expect(problems).toEqual([expect.stringContaining(`Did you mean ${meant}?`)]);
    expect(notDeployed).toEqual([]);
  });

  it.each<[string, Partial<VariableSources>]>([
    ['by its name', { described: { OPENAI_ADMIN_KEY: 'planted' } }],
    [
      'as the value of another variable',
      { described: { OPENAI_API_KEYS: 'a,planted' }, environment: { ANTHROPIC_ADMIN_KEY: 'planted' } },
    ],
  ])('must not be an admin key, %s.', (_title, sources) => {
    const { problems } = select(sources);
    expect(problems).toEqual([expect.stringContaining('would give the function an admin key') as string]);
    expect(problems.join()).not.toContain('planted');
  });

  it('leave out an admin key in .env, and say where it belongs.', () => {
    const given = { OPENAI_ADMIN_KEY: 'planted' };
    const { deployed, notDeployed, problems } = select({ environment: given, fromFile: given });
    expect([deployed, problems]).toEqual([{}, []]);
    expect(notDeployed).toEqual([expect.stringMatching(/^OPENAI_ADMIN_KEY .*npm run usage/) as string]);
  });
});
