import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send } from '../../helpers/http';
import { BOOTSTRAP } from '../../helpers/built-bundles';
import { startBundle, type RunningBundle } from '../../helpers/proxies';

const KEY = 'sk-of-somebody-0123456789abcdef';
const TOKEN = 'tok-of-somebody-0123456789';

let upstream: FakeUpstream;
let folder: string;
let proxy: RunningBundle | undefined;

/** The bundle, run in a folder that may have a file `.env`. */
async function start(environment: Record<string, string>, file?: string | Buffer): Promise<RunningBundle> {
  if (file !== undefined) writeFileSync(path.join(folder, '.env'), file);
  const script = `cd '${folder}' && exec '${BOOTSTRAP}'`;
  proxy = await startBundle({ OPENAI_UPSTREAM: upstream.origin, ...environment }, ['/bin/sh', '-c', script]);
  return proxy;
}

beforeEach(async () => {
  upstream = await startFakeUpstream();
  folder = mkdtempSync(path.join(tmpdir(), 'own machine '));
});
afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
  rmSync(folder, { recursive: true });
  await upstream.close();
});

describe('On the user’s own machine', () => {
  it.each(['OPENAI_API_KEY', 'GROQ_API_KEY'])(
    'a key in %s does not prevent the start, is nobody’s but the user’s, and the start says so.',
    async (name) => {
      const { url, stderr } = await start({ [name]: KEY });
      expect((await send(url, '/v1/models')).status).toBe(401); // no key of a client
      expect(upstream.seen).toEqual([]);
      expect(stderr()).toContain(`${name} is set here, but not used as a key of the server`);
      expect(stderr()).not.toContain(KEY);
    },
  );

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['access tokens', { ACCESS_TOKENS: `me:${TOKEN}` }, { authorization: `Bearer ${TOKEN}` }],
    ['ALLOW_ANONYMOUS=true', { ALLOW_ANONYMOUS: 'true' }, {}],
  ])('such a key is the server’s with %s.', async (_title, environment, headers) => {
    const { url, stderr } = await start({ OPENAI_API_KEY: KEY, ...environment });
    await send(url, '/v1/models', { headers });
    expect(upstream.seen.map((one) => one.headers.authorization)).toEqual([`Bearer ${KEY}`]);
    expect(stderr()).toBe('');
  });

  it('a key in OPENAI_API_KEYS still requires access tokens.', async () => {
    await expect(start({ OPENAI_API_KEYS: KEY })).rejects.toThrow('ACCESS_TOKENS must be set');
  });

  it('a key in OPENAI_API_KEY still requires access tokens on SCF.', async () => {
    await expect(start({ OPENAI_API_KEY: KEY, TENCENTCLOUD_RUNENV: 'SCF' })).rejects.toThrow(
      'ACCESS_TOKENS must be set',
    );
  });

  const LINES = `ACCESS_TOKENS=me:${TOKEN}\r\nOPENAI_API_KEYS="${KEY}"\r\n`;
  it.each<[string, string | Buffer]>([
    ['UTF-8', LINES],
    ['UTF-8 with a byte order mark', `\ufeff${LINES}`],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\ufeff${LINES}`, 'utf16le')],
  ])('the file .env in %s is read.', async (_title, file) => {
    const { url } = await start({}, file);
    await send(url, '/v1/models', { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(upstream.seen.map((one) => one.headers.authorization)).toEqual([`Bearer ${KEY}`]);
  });

  it('the environment overrides .env, unless it is empty.', async () => {
    const other = 'tok-of-another-0123456789';
    const { url } = await start({ ACCESS_TOKENS: `me:${other}`, OPENAI_API_KEYS: '' }, LINES);
    const statusOf = async (token: string) =>
      (await send(url, '/v1/models', { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await statusOf(other), await statusOf(TOKEN)]).toEqual([200, 401]);
  });

  it('a misspelt name in .env stops the start with the right one.', async () => {
    await expect(start({}, 'ACESS_TOKENS=x\n')).rejects.toThrow('Did you mean ACCESS_TOKENS?');
  });

  it('.env is not read on SCF.', async () => {
    const { url } = await start({ TENCENTCLOUD_RUNENV: 'SCF' }, LINES);
    expect((await send(url, '/v1/models', { headers: OPENAI_HEADERS })).status).toBe(200);
  });

  it('a provider that cannot be reached is what deploying is for, and the message says so.', async () => {
    const { url } = await start({ OPENAI_UPSTREAM: 'http://127.0.0.1:1' });
    const response = await send(url, '/v1/models', { headers: OPENAI_HEADERS });
    expect(response.status).toBe(502);
    expect(response.body.toString()).toContain('npm run deploy');
  });
});
