import { respondWithJson } from '../../scripts/fakes/fake-upstream';
import { converseAsMessages } from './fake-messages';
import { KEYS, Rig, type ProviderName } from './rig';
import { LIMIT_MS, type ClientRun, type Home } from './run-client';

jest.setTimeout(2 * LIMIT_MS);

// Its file for those who install without scripts; it starts the program for this machine.
const PROGRAM = '@anthropic-ai/claude-code/cli-wrapper.cjs';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start({ TOKEN_LIMITS: 'laptop: models=claude-haiku-*,deepseek-*,kimi-*,glm-*' });
});
afterEach(() => rig.reset());
afterAll(() => rig.stop());

function claude(home: Home, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const run: ClientRun = {
    program: PROGRAM,
    args: ['-p', 'What is in notes.txt?', '--allowedTools', 'Read', 'Bash', '--model', ...args],
    environment: {
      DISABLE_AUTOUPDATER: '1',
      DISABLE_TELEMETRY: '1',
      ...rig.settings.environment('Claude Code'),
      ...more,
    },
    files: { 'project/notes.txt': 'quokka-7731\n' },
  };
  return home.run(run);
}

it.each<
  [model: string, provider: ProviderName, path: string, header: 'x-api-key' | 'authorization', tool: string]
>([
  ['deepseek-chat', 'deepseek', '/anthropic/v1/messages', 'x-api-key', 'Read'],
  ['kimi-k2-0905-preview', 'moonshot', '/anthropic/v1/messages', 'authorization', 'Bash'],
  ['glm-4.6', 'zhipu', '/api/anthropic/v1/messages', 'x-api-key', 'Read'],
  ['claude-haiku-4-5', 'anthropic', '/v1/messages', 'x-api-key', 'Bash'],
])(
  'Claude Code at the URL alone thinks and calls a tool with %s, at %s',
  async (model, provider, path, header, tool) => {
    const home = rig.home();
    const input =
      tool === 'Read'
        ? { file_path: `${home.project}/notes.txt` }
        : { command: 'cat notes.txt', description: 'Read the notes' };
    const upstream = rig.at(provider);
    upstream.respond(converseAsMessages({ path, header, key: KEYS[provider], call: { name: tool, input } }));

    expect(await claude(home, [model])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^It says ".*quokka-7731.*"\.\n$/) as string,
      stderr: '',
    });
    expect(rig.asked()).toEqual([provider]);
    expect(new Set(upstream.seen.map(({ url }) => url))).toEqual(new Set([`${path}?beta=true`]));
    const streamed = upstream.seen.filter(({ body }) => body.includes('"stream":true'));
    expect(streamed.length).toBeGreaterThanOrEqual(2);
  },
);

it('Claude Code lists those of its models in /model that its token may use', async () => {
  const home = rig.home();
  const models = ['claude-opus-4-5', 'claude-haiku-4-5'].map((id) => ({
    type: 'model',
    id,
    display_name: id,
    created_at: '2025-10-01T00:00:00Z',
  }));
  const list = { data: models, has_more: false, first_id: models[0]?.id, last_id: models[1]?.id };
  const conversation = converseAsMessages({
    path: '/v1/messages',
    header: 'x-api-key',
    key: KEYS.anthropic,
    call: { name: 'Bash', input: { command: 'cat notes.txt', description: 'Read the notes' } },
  });
  rig.at('anthropic').respond((request, response, seen) => {
    if (seen.method === 'GET') respondWithJson(200, JSON.stringify(list))(request, response, seen);
    else conversation(request, response, seen);
  });

  const { code } = await claude(home, ['claude-haiku-4-5'], {
    CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1',
  });

  expect(code).toBe(0);
  const kept = home.read('.claude/cache/gateway-models.json');
  expect(kept).toContain('"claude-haiku-4-5"');
  expect(kept).not.toContain('claude-opus');
});
