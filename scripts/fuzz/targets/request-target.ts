import { ProxyError } from '../../../src/errors/proxy-error';
import { BUILT_IN, Providers } from '../../../src/providers/registry';
import {
  namesUnknownProvider,
  parseTarget,
  type ParsedTarget,
} from '../../../src/proxy/routing/parse-target';
import {
  collapseSlashes,
  withVersion,
  withoutRepetitions,
  withoutTrailingSlash,
} from '../../../src/proxy/routing/normalise-path';
import { expectSame, expectThat, type Target } from '../target';

const TOKEN = 'a-token-of-some-length';
const OPTIONS = {
  stagePrefixes: ['release', 'test'],
  providers: new Providers(BUILT_IN),
  findToken: (segment: string) => (segment === TOKEN ? { name: 'ann', id: 'ann' } : undefined),
};

const TARGETS = [
  '/v1/chat/completions',
  `/release/${TOKEN}/openai/v1/models?limit=2&key=sk-x`,
  '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
  '/v1/openai/v1/models',
  '/anthropic/v1/messages?beta=true',
  '/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
  '/v1/v1/chat/completions/v1/chat/completions/',
  '/v1/responses/resp_1/input_items?x=/../',
  '/upload/v1beta/files?uploadType=resumable',
  '/messages/batches',
  '/openai/v1/openai/v1/models',
  '/a/.a/.',
];
const WORDS = [
  ...[
    '/',
    '//',
    '/.',
    '/..',
    '..',
    '%2e',
    '%2E%2e',
    '%2f',
    '%5c',
    '\\',
    '%00',
    '%0d%0a',
    '%7f',
    '%',
    '?',
    '#',
  ],
  ...['/v1', '/v1beta', '/v2a', '/v', '/openai', '/release', '/test', `/${TOKEN}`, '/gemini', '/azure', '/-'],
  ...[
    '/chat/completions',
    '/messages',
    '/responses',
    '/models',
    '/files',
    '/batches',
    '/images',
    ':x',
    ';',
    '@',
    '&',
  ],
];

export const requestTarget: Target<ParsedTarget> = {
  name: 'request-target',
  about: 'parseTarget; URL must resolve nothing in the path',
  corpus: TARGETS,
  words: WORDS,
  maxLength: 20_000,
  subject(input) {
    const target = parseTarget(latin1(input), OPTIONS);
    namesUnknownProvider(target);
    return target;
  },
  isDocumented: (error) => error instanceof ProxyError && ['bad-path', 'url-too-long'].includes(error.code),
  compare(input, { path, query, prefix, stage, provider }) {
    const target = latin1(input);
    const url = new URL(`http://host${path.replaceAll('#', '%23')}`);
    expectSame('the host', url.host, 'host');
    expectSame('the path as URL resolves it', decoded(url.pathname), decoded(path));
    const at = target.indexOf('?');
    expectSame('the query', query, at === -1 ? '' : target.slice(at));
    expectThat('the stage is a known one', ['', '/release', '/test'].includes(stage));
    const whole = collapsed(at === -1 ? target : target.slice(0, at));
    const bare = path === '/' && !whole.endsWith('/') ? '' : path;
    expectThat(
      'prefix and path are the whole path',
      isWithoutRepetition(whole, prefix + bare, provider?.name),
    );
  },
  compareError(input, error) {
    const target = latin1(input);
    const isLong = target.length > 16_384;
    expectSame('the length', (error as ProxyError).code === 'url-too-long', isLong);
    if (isLong || !target.startsWith('/')) return;
    const path = collapsed(target.split('?')[0] ?? '');
    expectThat('a path that is refused has something in it', isSuspicious(path));
  },
};

/** As Node gives the target: each byte a character. */
function latin1(input: string): string {
  return Buffer.from(input, 'latin1').toString('latin1');
}

function collapsed(path: string): string {
  return path
    .split('/')
    .filter((segment, at, all) => segment !== '' || at === 0 || at === all.length - 1)
    .join('/');
}

/** Only `/v1` in front of a provider is left out, and its base URL once more behind it. */
function isWithoutRepetition(whole: string, rest: string, provider: string | undefined): boolean {
  const kept = rest.split('/');
  let at = 0;
  const leftOut = whole.split('/').filter((segment) => {
    if (segment !== kept[at]) return true;
    at++;
    return false;
  });
  return at === kept.length && leftOut.every((segment) => segment === 'v1' || segment === provider);
}

function isSuspicious(path: string): boolean {
  const plain = path.replace(/%2f/gi, '/').replace(/%5c/gi, '\\');
  if (/%[01][0-9a-f]|%7f/i.test(path) || plain.includes('\\')) return true;
  if (Array.from(path).some((character) => character <= ' ' || character === '\u007f')) return true;
  if (/\/\.{1,2}(?:\/|$)/.test(decoded(plain))) return true; // Node 20's URL leaves the end of `/a/.a/.`
  return decoded(new URL(`http://host${plain.replaceAll('#', '%23')}`).pathname) !== decoded(plain);
}

/** The bytes of a path, however they are written. */
function decoded(path: string): string {
  return Buffer.from(path, 'utf8')
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_written, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

export const normalisedPath: Target<string> = {
  name: 'normalised-path',
  about: 'withoutRepetitions, withVersion; a reader of segments',
  corpus: TARGETS.map((target) => target.split('?')[0] ?? ''),
  words: [...WORDS, '/v1/chat/completions', '/v1/messages', '/embeddings', '/completions', '/v1alpha2'],
  maxLength: 16_384,
  subject: (input) => withoutRepetitions(pathOf(input)),
  compare(input, result) {
    expectSame('the path', result, slowly(pathOf(input)));
    expectSame('the path, again', withoutRepetitions(result), result);
    const versioned = withVersion(result);
    expectSame('the version, again', withVersion(versioned), versioned);
    const bare = withoutTrailingSlash(versioned);
    expectThat('only a slash is left out', bare === versioned || `${bare}/` === versioned);
  },
};

function pathOf(input: string): string {
  return collapseSlashes(`/${latin1(input)}`);
}

const BELOW_V1 =
  'assistants audio batches completions containers conversations embeddings evals files fine_tuning images messages models moderations realtime responses threads uploads vector_stores videos'.split(
    ' ',
  );

/** The same by segments. */
function slowly(path: string): string {
  const segments = path.split('/').slice(1);
  let start = 0;
  for (let at = 0; at < segments.length; at++) {
    if (/^v\d+((alpha|beta)\d*)?$/.test(segments[at] ?? '')) start = at;
    if (!/^v\d+[a-z]*$/.test(segments[at] ?? '')) break;
  }
  for (;;) {
    const next = behindEndpoint(segments, start);
    if (next === undefined) return `/${segments.slice(start).join('/')}`;
    start = next;
  }
}

function behindEndpoint(segments: readonly string[], from: number): number | undefined {
  const at = /^v\d+$/.test(segments[from] ?? '') ? from + 1 : from;
  const isChat = segments[at] === 'chat' && segments[at + 1] === 'completions';
  if (!isChat && segments[at] !== 'messages' && segments[at] !== 'responses') return undefined;
  const end = at + (isChat ? 2 : 1);
  if (segments[end] === 'batches') return undefined;
  const endpoint = /^v\d+$/.test(segments[end] ?? '') ? end + 1 : end;
  const isEndpoint =
    BELOW_V1.includes(segments[endpoint] ?? '') ||
    (segments[endpoint] === 'chat' && segments[endpoint + 1] === 'completions');
  return isEndpoint ? end : undefined;
}
