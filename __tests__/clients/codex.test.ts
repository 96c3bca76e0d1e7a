import { startFakeRealtime } from '../helpers/fake-realtime';
import type { FakeSockets } from '../helpers/fake-sockets';
import { NO_TOOL, converseAsResponses, converseOnSocket, type ResponsesRequest } from './fake-responses';
import { KEYS, Rig, type ProviderName } from './rig';
import { LIMIT_MS, type Finished } from './run-client';

jest.setTimeout(2 * LIMIT_MS);

const PROGRAM = '@openai/codex/bin/codex.js';
const COMMAND = 'cat notes.txt';
const ANSWER = /^It says ".*quokka-7731.*"\.\n$/;

let openai: FakeSockets;
let xai: FakeSockets;
let rig: Rig;
beforeAll(async () => {
  openai = await startFakeRealtime({ keys: [KEYS.openai] });
  xai = await startFakeRealtime({ keys: [KEYS.xai] });
  rig = await Rig.start({ OPENAI_UPSTREAM: openai.origin, XAI_UPSTREAM: xai.origin });
});
beforeEach(() => {
  openai.reset();
  xai.reset();
});
afterEach(() => rig.reset());
afterAll(async () => {
  await rig.stop();
  await openai.close();
  await xai.close();
});

/** Logs in, and asks one question; its model is the client's own choice if none is given. */
async function codex(model: readonly string[]): Promise<Finished> {
  const home = rig.home();
  home.write({ ...rig.settings.file('Codex CLI'), 'project/notes.txt': 'quokka-7731\n' });
  const { input, words } = rig.settings.command('Codex CLI');
  expect(words[0]).toBe('codex');
  const login = await home.run({ program: PROGRAM, args: words.slice(1), input });
  expect(login.code).toBe(0);
  // A sandbox in a sandbox is refused, and there is nothing to protect: the fake says what is run.
  const free = ['--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'];
  return home.run({ program: PROGRAM, args: ['exec', ...free, ...model, 'What is in notes.txt?'] });
}

it('Codex at the URL alone calls a tool with grok-4, over one WebSocket', async () => {
  const requests: ResponsesRequest[] = [];
  xai.behave(converseOnSocket(COMMAND, requests));

  const { code, stdout, stderr } = await codex(['--model', 'grok-4']);

  expect(stderr).toContain(`exec\n/bin/bash -lc '${COMMAND}'`);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(ANSWER) as string });
  expect({ openai: openai.seen, http: rig.asked() }).toEqual({ openai: [], http: [] });
  expect(xai.keys()).toEqual([KEYS.xai]);
  expect(requests.map(({ model }) => model)).toEqual(requests.map(() => 'grok-4'));
  expect(requests.at(-1)?.previous_response_id).toBeDefined();
});

it('Codex from its row has an answer of its own model, over one WebSocket', async () => {
  openai.behave(converseOnSocket(COMMAND, []));
  const { code, stdout } = await codex([]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${NO_TOOL}\n` });
  expect({ keys: openai.keys(), http: rig.asked() }).toEqual({ keys: [KEYS.openai], http: [] });
});

it.each<[model: string, name: string, provider: ProviderName, path: string]>([
  ['glm-4.6', 'glm-4.6', 'zhipu', '/api/v1/responses'],
  ['deepseek/deepseek-chat', 'deepseek-chat', 'deepseek', '/v1/responses'],
])('Codex at the URL alone calls a tool with %s, over HTTP at once', async (model, name, provider, path) => {
  rig.at(provider).respond(converseAsResponses(path, KEYS[provider], COMMAND));

  const { code, stdout, stderr } = await codex(['--model', model]);

  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(ANSWER) as string });
  expect(stderr).not.toContain('Reconnecting');
  expect([openai.seen, xai.seen]).toEqual([[], []]);
  expect(rig.asked()).toEqual([provider]);
  const models = rig
    .at(provider)
    .seen.map(({ body }) => (JSON.parse(body.toString()) as ResponsesRequest).model);
  expect(models).toEqual([name, name]);
});
