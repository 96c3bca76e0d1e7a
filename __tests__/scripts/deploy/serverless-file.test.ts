import { variableRows } from '../../../src/config/provider-variables';
import { resolveReferences } from '../../../scripts/deploy/references';
import { readServerlessFile } from '../../../scripts/deploy/serverless-file';
import { SERVERLESS_YML } from './project';

const problemsOf = (source: string, environment: Record<string, string> = {}) =>
  readServerlessFile(source, environment).problems;

/** The shipped file with one line replaced. */
function withLine(line: RegExp, replacement: string): string {
  expect(SERVERLESS_YML).toMatch(line);
  return SERVERLESS_YML.replace(line, replacement);
}

describe('the serverless.yml that is shipped', () => {
  it('describes a web function that streams for 15 minutes, 100 at once, from one fixed address', () => {
    const { settings, problems } = readServerlessFile(SERVERLESS_YML, {});
    expect({ settings, problems }).toEqual({
      problems: [],
      settings: {
        name: 'scf-llm-proxy',
        description: 'API proxy for OpenAI and Anthropic',
        folder: './dist/scf',
        runtime: 'Nodejs20.19',
        region: 'ap-singapore',
        otherRegions: [],
        memoryMb: 128,
        timeoutSeconds: 900,
        initTimeoutSeconds: 30,
        publicAccess: true,
        fixedAddress: true,
        logs: true,
        maxConcurrency: 100,
        environment: {},
        trigger: {
          name: 'url-trigger',
          qualifier: '$DEFAULT',
          authType: 'NONE',
          intranet: false,
          extranet: true,
        },
        publish: false,
        customDomain: undefined,
      },
    });
  });

  it('takes variables from the environment and leaves out what is not set or empty', () => {
    const { settings } = readServerlessFile(SERVERLESS_YML, {
      OPENAI_API_KEYS: 'sk-1',
      ACCESS_TOKENS: '',
      UNRELATED: 'x',
    });
    expect(settings.environment).toEqual({ OPENAI_API_KEYS: 'sk-1' });
  });

  it('names only variables of the table', () => {
    const everything = new Proxy({}, { get: () => 'x' });
    const known = variableRows().flatMap(({ name, alias: alias }) => [name, alias]);
    const named = Object.keys(readServerlessFile(SERVERLESS_YML, everything).settings.environment);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('resolveReferences', () => {
  it.each([
    ['plain', { text: 'plain' }],
    ['${env:SET}', { text: 'value' }],
    ['a-${env:SET}-${env:SET}', { text: 'a-value-value' }],
    ['${env:UNSET}', { unset: 'UNSET' }],
    ['${env:EMPTY}', { unset: 'EMPTY' }],
    ["${env:UNSET, 'else'}", { text: 'else' }],
    ['${env:UNSET,"else"}', { text: 'else' }],
    ["${env:UNSET, ''}", { text: '' }],
    ["${env:SET, 'else'}", { text: 'value' }],
    ['${env:STRANGE}', { text: '${env:SET} $& $1' }], // a value is text, whatever its form
    ['${env.SET}', { problem: expect.stringContaining('${env:NAME}') as string }],
    ['${stage}', { problem: expect.stringContaining('${env:NAME}') as string }],
    ['${env:SET', { problem: expect.stringContaining('${env:NAME}') as string }],
  ])('%s', (text, resolved) => {
    expect(resolveReferences(text, { SET: 'value', EMPTY: '', STRANGE: '${env:SET} $& $1' })).toEqual(
      resolved,
    );
  });
});

describe('a serverless.yml with mistakes', () => {
  it.each([
    [/memorySize: 128/, 'memorysize: 128', 'inputs.memorysize', 'Did you mean memorySize?'],
    [/memorySize: 128/, 'memorySise: 128', 'inputs.memorySise', 'Did you mean memorySize?'],
    [/timeout: 900/, 'time_out: 900', 'inputs.time_out', 'Did you mean timeout?'],
    [/enableExtranet/, 'enableExtrnet', 'netConfig.enableExtrnet', 'Did you mean enableExtranet?'],
    [/^ {2}eip: true/m, '  vpcConfig: { vpcId: vpc-1 }', 'inputs.vpcConfig', 'Remove it.'],
    [/^ {2}environment:\n {4}variables:/m, '  environment:\n    variabels:', 'variabels', 'mean variables?'],
    [/^component: scf/m, 'component: express', 'component', 'must be scf'],
    [/type: web/, 'type: event', 'inputs.type', 'must be web'],
    [/authType: NONE/, 'authType: CAM', 'authType', 'must be NONE'],
    [/memorySize: 128/, 'memorySize: many', 'inputs.memorySize', 'whole number'],
    [/memorySize: 128/, 'memorySize: 128.5', 'inputs.memorySize', 'whole number'],
    [/^ {2}eip: true/m, '  eip: perhaps', 'inputs.eip', 'true or false'],
    [/region: ap-singapore/, 'region: ${env:REGION}', 'inputs.region', 'needs the variable REGION'],
    [/region: ap-singapore/, 'region: [ap-singapore]', 'inputs.region', 'must be a text'],
    [/region: ap-singapore/, '', 'inputs.region', 'is missing'],
    [/OPENAI_API_KEYS: .*/, 'OPENAI_API_KEYS: [a]', 'variables.OPENAI_API_KEYS', 'must be a text'],
    [
      /OPENAI_API_KEYS: .*/,
      'OPENAI_API_KEYS: ${env.A}',
      'variables.OPENAI_API_KEYS',
      'unsupported reference',
    ],
    [/dynamicEnabled: false/, 'dynamicEnabled: true', 'dynamicEnabled', 'must be false'],
  ])('%s → %s names %s: %s', (line, replacement, named, remedy) => {
    const problems = problemsOf(withLine(line, replacement));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(named);
    expect(problems[0]).toContain(remedy);
  });

  it('gets all problems at once, and never with a value', () => {
    const source = withLine(/memorySize: 128/, 'memory: sk-secret-1')
      .replace('eip: true', 'eip: sk-secret-2')
      .replace('ADMIN_TOKEN: ${env:ADMIN_TOKEN}', 'ADMIN_TOKEN: ${sk-secret-3}')
      .replace('timeout: 900', 'timeout: sk-secret-4');
    const problems = problemsOf(source);
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain('sk-secret');
  });

  it('gets the number of a line that is not YAML, and not the line itself', () => {
    const problems = problemsOf('component: scf\nname: x\ninputs: {a: b\nkey: "sk-secret\n');
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toMatch(/^serverless\.yml, line \d+: not valid YAML/);
    expect(problems.join()).not.toContain('sk-secret');
  });

  it.each(['', 'just a text', '- a\n- b\n', 'inputs: 3\n'])('survives %j', (source) => {
    expect(problemsOf(source).length).toBeGreaterThan(0);
  });
});

describe('values from the environment', () => {
  it('are read as numbers and flags too', () => {
    const source = withLine(/memorySize: 128/, "memorySize: ${env:MEMORY, '256'}").replace(
      'eip: true',
      "eip: ${env:EIP, 'false'}",
    );
    expect(readServerlessFile(source, {}).settings).toMatchObject({ memoryMb: 256, fixedAddress: false });
    expect(readServerlessFile(source, { MEMORY: '512', EIP: 'true' }).settings).toMatchObject({
      memoryMb: 512,
      fixedAddress: true,
    });
  });
});
