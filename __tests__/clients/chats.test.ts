import type { Responder } from '../../scripts/fakes/fake-upstream';
import { geminiReply } from '../../scripts/fakes/simulated-gemini';
import { SIMULATED_TEXT } from '../../scripts/fakes/simulated-replies';
import { KEYS, Rig } from './rig';
import { LIMIT_MS, type ClientRun } from './run-client';
import { TOKEN, type Settings } from './settings';

jest.setTimeout(2 * LIMIT_MS);

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
  rig.at('gemini').respond(respondAsGemini);
});
afterEach(() => rig.reset());
afterAll(() => rig.stop());

const QUESTION = 'Say hello.';

/** Each client as its row has it, and what it takes to run it without a terminal and without its own servers. */
const geminiCli = (settings: Settings): ClientRun => ({
  program: '@google/gemini-cli/bundle/gemini.js', // reports its use even if that is off, and goes on where it cannot
  args: ['-p', QUESTION],
  environment: { ...settings.environment('Gemini CLI'), GEMINI_CLI_TRUST_WORKSPACE: 'true' },
  files: settings.file('Gemini CLI'),
});

const qwenCode = (settings: Settings): ClientRun => ({
  program: '@qwen-code/qwen-code/cli.js',
  isScript: true,
  args: ['--auth-type', 'openai', '--model', 'gpt-5-mini', '-p', QUESTION],
  environment: settings.environment('Qwen Code'),
  files: {
    '.qwen/settings.json': JSON.stringify({
      privacy: { usageStatisticsEnabled: false },
      general: { enableAutoUpdate: false, disableAutoUpdate: true },
    }),
  },
});

const copilotCli = (settings: Settings): ClientRun => ({
  program: '@github/copilot/npm-loader.js',
  args: ['-p', QUESTION],
  environment: {
    ...settings.environment('Copilot CLI'),
    COPILOT_AUTO_UPDATE: 'false',
    COPILOT_OFFLINE: 'true',
  },
});

const OPENCODE = `opencode-${process.platform}-${process.arch}${process.arch === 'x64' ? '-baseline' : ''}`;

const opencode =
  (provider: string, model: string, row: string) =>
  (settings: Settings): ClientRun => {
    const { options } = settings.row(row);
    const configured = { ...(options as object), apiKey: TOKEN };
    const chosen = `${provider}/${model}`;
    return {
      program: `${OPENCODE}/bin/opencode`,
      args: ['run', '--model', chosen, QUESTION],
      environment: { OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_AUTOUPDATE: '1' },
      files: {
        '.config/opencode/opencode.json': JSON.stringify({
          provider: { [provider]: { options: configured } },
          small_model: chosen,
        }),
      },
    };
  };

const pi =
  (provider: string, model: string, row: string) =>
  (settings: Settings): ClientRun => ({
    program: '@mariozechner/pi-coding-agent/dist/cli.js',
    isScript: true,
    args: ['-p', '--provider', provider, '--model', model, QUESTION],
    environment: { PI_OFFLINE: '1' },
    files: {
      '.pi/agent/models.json': JSON.stringify({
        providers: { [provider]: { ...settings.row(row), apiKey: TOKEN } },
      }),
    },
  });

const KIMI_OTHERS = 'Kimi Code: anthropic, google-genai';
const kimiCode =
  (type: string, model: string, row: string) =>
  (settings: Settings): ClientRun => {
    const [[setting, url] = []] = Object.entries(settings.row(row));
    return {
      program: '@moonshot-ai/kimi-code/dist/main.mjs',
      interpreter: `node-${process.platform}-${process.arch}/bin/node`,
      isScript: true,
      args: ['-p', QUESTION],
      environment: { KIMI_CODE_NO_AUTO_UPDATE: '1' },
      files: {
        '.kimi-code/config.toml': [
          'default_model = "chosen"',
          'telemetry = false',
          '[providers.proxy]',
          `type = "${type}"`,
          `${setting} = "${String(url)}"`,
          `api_key = "${TOKEN}"`,
          '[models.chosen]',
          'provider = "proxy"',
          `model = "${model}"`,
          'max_context_size = 131072',
        ].join('\n'),
      },
    };
  };

it.each<
  [client: string, run: (settings: Settings) => ClientRun, upstream: 'openai' | 'anthropic' | 'gemini']
>([
  ['Gemini CLI', geminiCli, 'gemini'],
  ['Qwen Code', qwenCode, 'openai'],
  ['Copilot CLI', copilotCli, 'openai'],
  ['opencode (openai)', opencode('openai', 'gpt-5-mini', 'opencode: openai, anthropic'), 'openai'],
  ['opencode (google)', opencode('google', 'gemini-2.5-flash', 'opencode: google'), 'gemini'],
  ['pi (OpenAI)', pi('openai', 'gpt-5-mini', 'OpenClaw, pi: OpenAI'), 'openai'],
  ['pi (Anthropic)', pi('anthropic', 'claude-haiku-4-5', 'OpenClaw, pi: Anthropic'), 'anthropic'],
  ['Kimi Code (openai)', kimiCode('openai', 'gpt-5-mini', 'Kimi Code: openai'), 'openai'],
  ['Kimi Code (anthropic)', kimiCode('anthropic', 'claude-haiku-4-5', KIMI_OTHERS), 'anthropic'],
  ['Kimi Code (google-genai)', kimiCode('google-genai', 'gemini-2.5-flash', KIMI_OTHERS), 'gemini'],
  ['pi (Google)', pi('google', 'gemini-2.5-flash', 'OpenClaw, pi: Google'), 'gemini'],
])('%s from its row prints an answer', async (_client, run, upstream) => {
  const { code, stdout, stderr } = await rig.home().run(run(rig.settings));

  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: expect.stringContaining(SIMULATED_TEXT) as string,
    stderr: expect.not.stringContaining('loopback-only: refused') as string,
  });
  expect(rig.asked()).toEqual([upstream]);
  for (const { headers, url } of rig.at(upstream).seen) {
    expect([headers.authorization, headers['x-api-key'], headers['x-goog-api-key']]).toEqual([
      upstream === 'openai' ? `Bearer ${KEYS.openai}` : undefined,
      upstream === 'anthropic' ? KEYS.anthropic : undefined,
      upstream === 'gemini' ? KEYS.gemini : undefined,
    ]);
    expect(url).not.toContain(TOKEN);
  }
});

/** Gemini CLI first asks a small model which of the others to take, and wants JSON. */
const CHOICE = {
  reasoning: 'It is short.',
  model_choice: 'flash',
  complexity_reasoning: 'It is short.',
  complexity_score: 1,
};

const respondAsGemini: Responder = (_request, response, seen) => {
  const reply = geminiReply(seen.url.replace(/\?.*$/s, ''));
  const wantsJson = seen.body.includes('"responseMimeType":"application/json"');
  response.writeHead(reply?.status ?? 404, reply?.headers);
  for (const piece of reply?.pieces ?? ['{}'])
    response.write(
      wantsJson ? piece.replace(SIMULATED_TEXT, JSON.stringify(JSON.stringify(CHOICE)).slice(1, -1)) : piece,
    );
  response.end();
};
