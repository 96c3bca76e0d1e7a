import { parseTable, type FileTable } from '../../../src/config/file/parse-table';
import { ConfigError, readConfig, type Config } from '../../../src/config/read-config';
import { VARIABLES, type Variable } from '../../../src/config/variables';
import { hasPlatformCors, findPublicUrl } from '../../deploy/public-address';
import { plan, type Found } from '../../deploy/plan';
import { descriptionOf } from '../../deploy/trigger-description';
import type { FunctionSettings } from '../../deploy/serverless-file';
import { expectThat, nested, type Target } from '../target';

const ROWS: readonly Variable<unknown>[] = Object.values(VARIABLES);
const SECRETS = new Set([...ROWS.filter(({ secret }) => secret).map(({ name }) => name), 'OPENAI_API_KEYS']);

/** What the problems show of their own: a value that is a part of it tells nothing. */
const EXAMPLES = ['https://api.telegram.org/bot', 'before:2026-11-29T12:00:00Z'];
const isShown = (value: string) => EXAMPLES.some((example) => example.includes(value));

export const configuration: Target<Config> = {
  name: 'configuration',
  about: 'readConfig; nothing but ConfigError, and no secret in it',
  corpus: [
    'ACCESS_TOKENS=ann:a-token-of-some-length,bob:another-token-of-16\nTOKEN_LIMITS=ann: usd=5/month rpm=20; bob: models=gpt-*,x until=2027-01-31',
    'PROVIDERS=mine=https://llm.example.com/v1;anthropic=https://llm.example.com/a,other=http://127.0.0.1:9/v1\nMODEL_ROUTES=a=mine/b > other/c*2 | openai',
    'OPENAI_API_KEYS=sk-aaaaaaaaaaaaaaaa*2,sk-bbbbbbbbbbbbbbbbb@9usd/month|sk-c@0.5usd/day*3\nACCESS_TOKENS=a-token-of-some-length',
    'TOKEN_SECRETS=a-secret-of-at-least-32-characters-1\nREVOKED_TOKENS=mum,dad~t5k2x9,before:2026-11-29T12:00:00Z\nMAX_BODY_BYTES=1000',
    'OPENAI_UPSTREAM=https://user:pw@[::1]:8443/x/v4\nSISTER_URL=https://a.example\nPUBLIC_URL=https://a.example/llm\nALERT_URL=https://api.telegram.org/bot1:x/sendMessage?chat_id=1',
    ...ROWS.map(({ name, fallback }) => `${name}=${fallback}`),
  ],
  words: [
    ...[
      '\n',
      '=',
      ',',
      ';',
      '|',
      '>',
      '*',
      '@',
      ':',
      '/',
      '~',
      ' ',
      'usd=',
      'rpm=',
      '9usd/month',
      '*3',
      'https://',
      'http://',
      '[::1]',
      '..',
    ],
    ...ROWS.map(({ name }) => `\n${name}=`),
    ...[
      'off',
      'on',
      'true',
      '1e9',
      '-1',
      '0',
      '999999999999999',
      'openai',
      'gpt-*',
      '\u4f60',
      '%00',
      'before:',
      '__proto__',
    ],
  ],
  maxLength: 16_384,
  share: 0.3,
  subject: (input) => readConfig(environmentOf(input)),
  isDocumented: (error) => error instanceof ConfigError,
  compareError(input, error) {
    const { message } = error as ConfigError;
    expectThat(
      'every problem is a line',
      !/undefined|\[object/.test(message) || /undefined|\[object/.test(input),
    );
    for (const [name, value = ''] of Object.entries(environmentOf(input)))
      if (SECRETS.has(name) && value.trim().length >= 16 && !isShown(value.trim()))
        expectThat(`the value of ${name} is in no message`, !message.includes(value.trim()));
  },
};

function environmentOf(input: string): Readonly<Record<string, string | undefined>> {
  const variables = input.split('\n').map((line) => {
    const at = line.indexOf('=');
    return [at === -1 ? line : line.slice(0, at), at === -1 ? '' : line.slice(at + 1)] as const;
  });
  return Object.fromEntries(variables);
}

export const configFile: Target<FileTable> = {
  name: 'config-file',
  about: 'parseTable of YAML and JSON; texts or problems, without a value',
  corpus: [
    'ACCESS_TOKENS:\n  ann: a-token-of-some-length\nTIMEOUT: 30\nMODEL_ROUTES:\n  - a=b\n  - c=d\n',
    '{"TOKEN_LIMITS":{"ann":{"usd":"5/month","models":["a","b"]}},"X":null}',
    'A: &x [1, 2]\nB: *x\nC: |\n  text\n  more\nD: "q\\n"\n# comment\n',
    nested(5_000),
    `${'- '.repeat(5_000)}a`,
  ],
  words: [
    ':',
    ': ',
    '- ',
    '\n',
    '  ',
    '&a ',
    '*a',
    '!!js ',
    '<<: ',
    '"',
    "'",
    '|',
    '>',
    '{',
    '}',
    '[',
    ']',
    '# ',
    '---\n',
    '\t',
    '? ',
    '%YAML 1.2\n',
    '~',
    'null',
    nested(8_000),
  ],
  maxLength: 12_000,
  share: 0.3,
  subject: (input) => parseTable(input, 'config.yml'),
  compare(_input, { variables, problems }) {
    expectThat('there is a table or a problem', variables !== undefined || problems.length > 0);
    expectThat(
      'every value is a text',
      Object.values(variables ?? {}).every((value) => typeof value === 'string'),
    );
  },
};

const TRIGGER = { name: 't', qualifier: '$DEFAULT', authType: 'NONE', intranet: false, extranet: true };
const WANTED = {
  ...{
    name: 'f',
    region: 'ap-tokyo',
    runtime: 'Nodejs18.15',
    memoryMb: 128,
    timeoutSeconds: 60,
    description: '',
  },
  ...{ environment: {}, trigger: TRIGGER },
} as unknown as FunctionSettings;

export const triggerDescription: Target<string | undefined> = {
  name: 'trigger',
  about: 'a trigger’s description in plan, findPublicUrl, hasPlatformCors; a URL of Tencent’s or none',
  corpus: [
    '{"AuthType":"NONE","NetConfig":{"EnableIntranet":false,"EnableExtranet":true,"ExtranetUrl":"https://1250000000-abc.ap-tokyo.tencentscf.com","IntranetUrl":"https://x.in.tencentscf.com"},"CorsConfig":{"Enable":true}}',
    '{"NetConfig":{"ExtranetUrl":""},"Urls":["http://1-a.ap-tokyo.tencentscf.com/,x"]}',
    'see https://1-b.ap-tokyo.tencentscf.com/ for more',
    'null',
    nested(8_000),
  ],
  words: [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    'null',
    '"NetConfig":',
    '"ExtranetUrl":',
    '"CorsConfig":',
    'https://',
    '.tencentscf.com',
    '@',
    '//',
    '[',
    '1',
    'true',
    '"inner"',
  ],
  maxLength: 16_384,
  share: 0.5,
  subject(input) {
    const triggers = [
      { Type: 'http', TriggerName: 't', Qualifier: '$DEFAULT', Enable: 1, TriggerDesc: input },
    ];
    const found = { function: {}, codeSha256: undefined, triggers } as unknown as Found;
    hasPlatformCors(found, TRIGGER);
    plan(WANTED, 'x', found);
    return findPublicUrl(found, TRIGGER, false);
  },
  compare(input, url) {
    expectThat('a description is never null', (descriptionOf({ TriggerDesc: input }) as unknown) !== null);
    if (url !== undefined)
      expectThat('the host is Tencent’s', new URL(url).hostname.endsWith('.tencentscf.com'));
  },
};
