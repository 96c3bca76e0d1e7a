import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { buildScf } from '../../scripts/build/build';
import { makeCodeCache } from '../../scripts/build/code-cache';
import { bundleScript, codeCacheFile } from '../../src/entry/code-cache';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send } from '../helpers/http';
import { BOOTSTRAP, WEB_FILES } from '../helpers/built-bundles';
import { startBundle } from '../helpers/proxies';

const DIST = path.dirname(BOOTSTRAP);
const BUNDLE = path.join(DIST, 'index.js');
let upstream: FakeUpstream;
let folder: string;

beforeEach(async () => {
  upstream = await startFakeUpstream();
  folder = mkdtempSync(path.join(tmpdir(), 'code-cache-'));
  cpSync(DIST, folder, { recursive: true });
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await upstream.close();
});

/** Starts the copy as SCF would, and sends a chat. */
async function statusOfAChat(): Promise<number | undefined> {
  const bundle = await startBundle({ OPENAI_UPSTREAM: upstream.origin }, [
    path.join(folder, 'scf_bootstrap'),
  ]);
  const { status } = await send(bundle.url, '/v1/chat/completions', {
    headers: OPENAI_HEADERS,
    body: '{"model":"m","messages":[]}',
  });
  await bundle.stop();
  return status;
}

describe('the code cache', () => {
  it('is the same for the same bundle in any folder, so a deployment without changes sends nothing', async () => {
    const again = await makeCodeCache(path.join(folder, 'index.js'), {});
    expect(again.equals(readFileSync(codeCacheFile(BUNDLE)))).toBe(true);
  });

  it('is accepted by this Node for the bundle as it is read', () => {
    const bytes = readFileSync(BUNDLE);
    expect(bytes.every((byte) => byte < 128)).toBe(true);
    // V8 takes a cache with the flags that it was made with; other tests in this process may have set this one.
    setFlagsFromString('--no-expose-gc');
    const script = bundleScript(BUNDLE, readFileSync(codeCacheFile(BUNDLE)));
    expect(script.cachedDataRejected).toBe(false);
  });

  it('has its V8 version in its name, Node’s major version first', () => {
    const [major] = process.versions.node.split('.');
    const name = path.basename(codeCacheFile(BUNDLE));
    expect(name).toBe(
      `index.node${major}.${process.platform}-${process.arch}.v8-${process.versions.v8}.cache`,
    );
  });

  it.each([
    ['is another bundle’s', () => makeOther()],
    ['is no cache at all', () => Promise.resolve(Buffer.from('rubbish'))],
    ['is cut short', () => Promise.resolve(readFileSync(codeCacheFile(BUNDLE)).subarray(0, 100_000))],
    ['is empty', () => Promise.resolve(Buffer.alloc(0))],
  ])('that %s does no harm', async (_, cache) => {
    writeFileSync(codeCacheFile(path.join(folder, 'index.js')), await cache());
    expect(await statusOfAChat()).toBe(200);
  });

  it('may be missing, for example for another Node', async () => {
    rmSync(codeCacheFile(path.join(folder, 'index.js')));
    expect(readdirSync(folder).sort()).toEqual(WEB_FILES);
    expect(await statusOfAChat()).toBe(200);
  });

  it('is not made of a bundle that does not start, and the reason is reported', async () => {
    const broken = path.join(folder, 'broken.js');
    writeFileSync(broken, 'throw new Error("no such luck");');
    await expect(makeCodeCache(broken, {})).rejects.toThrow(/does not start: [^]*no such luck/);
  });

  it('is made with none of the packaged configuration’s addresses called', async () => {
    const config = path.join(folder, 'config');
    const calls: string[] = [];
    const somebodys = net.createServer((socket) => {
      calls.push('called');
      socket.destroy();
    });
    await once(somebodys.listen(0, '127.0.0.1'), 'listening');
    const address = `127.0.0.1:${(somebodys.address() as AddressInfo).port}`;
    mkdirSync(config);
    writeFileSync(
      path.join(config, 'packaged.yaml'),
      [
        `REDIS_URL: redis://${address}`,
        `OPENAI_UPSTREAM: http://${address}`,
        `GROQ_UPSTREAM: http://${address}`,
        'GROQ_API_KEYS: gsk-of-somebody-0123456789',
        'MODEL_ROUTES: "*=groq"',
        'DEFAULT_PROVIDER: groq',
        'EGRESS_GUARD: enforce',
      ].join('\n'),
    );
    await buildScf(path.join(folder, 'built'), config);
    somebodys.close();
    expect(calls).toEqual([]);
    expect(readFileSync(path.join(folder, 'built/index.js'), 'latin1')).toContain(address);
  });
});

describe('scf_bootstrap', () => {
  /** Runs it with these interpreters installed; returns the one that it used and its arguments. */
  function taken(lines: readonly string[], cache: string | undefined): string {
    const places = path.join(folder, 'lang');
    for (const line of lines) {
      const bin = path.join(places, `node${line}`, 'bin');
      mkdirSync(bin, { recursive: true });
      writeFileSync(path.join(bin, 'node'), `#!/bin/bash\necho "${line} \${1##*/}"`, { mode: 0o755 });
    }
    rmSync(codeCacheFile(path.join(folder, 'index.js')));
    if (cache !== undefined) writeFileSync(path.join(folder, cache), '');
    const bootstrap = path.join(folder, 'scf_bootstrap');
    writeFileSync(bootstrap, readFileSync(bootstrap, 'utf8').replaceAll('/var/lang', places));
    return execFileSync(bootstrap, { encoding: 'utf8' }).trim();
  }

  it.each([
    [
      'the Node that the code cache was made by, before newer ones',
      ['18', '20', '24'],
      'index.node20.a.cache',
      '20',
    ],
    ['the newest, where that one is not there', ['18', '22'], 'index.node20.a.cache', '22'],
    ['the newest, where there is no code cache', ['18', '20', '24'], undefined, '24'],
  ])('uses %s', (_, lines, cache, line) => {
    expect(taken(lines, cache)).toBe(`${line} start.js`);
  });
});

function makeOther(): Promise<Buffer> {
  const other = new Script(Module.wrap('const a = 1;'));
  return Promise.resolve(other.createCachedData());
}
