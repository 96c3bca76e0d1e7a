import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send, type WireResponse } from '../../helpers/http';
import { startBundle } from '../../helpers/proxies';

let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());

/** The one credential of a request, from wherever its provider has it. */
const credentialOf = (headers: IncomingHttpHeaders) => {
  const places = [headers.authorization, headers['x-api-key'], headers['x-goog-api-key']];
  expect(places.filter((value) => value !== undefined)).toHaveLength(1);
  return places.find((value) => value !== undefined);
};

it('a key of the server’s is in a header only, though its upstream repeats the URL wherever it can', async () => {
  const token = 'planted-token-1-0123456789';
  const team = await startBundle({
    OPENAI_UPSTREAM: upstream.origin,
    ANTHROPIC_UPSTREAM: upstream.origin,
    GEMINI_UPSTREAM: upstream.origin,
    ACCESS_TOKENS: token,
    OPENAI_API_KEYS: 'planted-pool-openai',
    ANTHROPIC_API_KEYS: 'planted-pool-anthropic',
    GEMINI_API_KEYS: 'planted-pool-gemini',
  });
  const first = upstream.seen.length;
  upstream.respond((request, response, { url }) => {
    response.writeHead(request.method === 'GET' ? 302 : 404, {
      'content-type': 'text/html',
      location: `https://elsewhere.example${url}`,
      'content-location': url,
    });
    response.end(`The requested URL <code>${url}</code> was not found.`);
  });
  const responses: WireResponse[] = [];
  for (const path of ['/v1beta/nosuch', '/v1beta/files/x:download', '/v1/chat/completions', '/v1/messages']) {
    for (const query of [
      `?key=${token}`,
      `?alt=media&key=own-key-0123:${token}`,
      `?key=${token}&key=own-key-0123`,
    ]) {
      for (const method of ['GET', 'POST', 'DELETE', 'TRACE'])
        responses.push(await send(team.url, path + query, { method }));
    }
  }
  await team.stop();
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([302, 404, 405]));
  for (const { rawHeaders, body } of responses)
    expect(rawHeaders.join('\n') + body.toString()).not.toMatch(/planted/);
  const arrived = upstream.seen.slice(first);
  expect(arrived.map(({ url }) => url).join('\n')).not.toMatch(/planted/);
  expect(arrived.map(({ method }) => method)).not.toContain('TRACE');
  for (const { headers } of arrived) expect(credentialOf(headers)).toMatch(/^(?:Bearer )?planted-pool-\w+$/);
});

it('the account that a client names goes with its own key, and not with one of the server’s', async () => {
  const account = {
    'OpenAI-Organization': 'org-client',
    'OpenAI-Project': 'proj-client',
    'X-Goog-User-Project': 'project-client',
    'Anthropic-Workspace-Id': 'wrkspc-client',
    'X-DashScope-WorkSpace': 'ws-client',
    'ChatGPT-Account-Id': 'account-client',
  };
  const token = 'planted-token-1-0123456789';
  const team = await startBundle({
    OPENAI_UPSTREAM: upstream.origin,
    GEMINI_UPSTREAM: upstream.origin,
    ACCESS_TOKENS: token,
    OPENAI_API_KEYS: 'pool-openai',
  });
  const first = upstream.seen.length;
  upstream.respond((_request, response) => response.writeHead(200).end('{}'));
  await send(team.url, '/v1/models', { headers: { ...account, Authorization: `Bearer ${token}` } });
  await send(team.url, '/v1beta/models', { headers: { ...account, 'X-Goog-Api-Key': `own:${token}` } });
  await send(team.url, `/v1beta/models?access_token=ya29.own`, {
    headers: { ...account, Authorization: `Bearer ${token}` },
  });
  await team.stop();
  const [withPool, ...withOwn] = upstream.seen.slice(first).map(({ rawHeaders }) => rawHeaders.join('\n'));
  expect(withPool).not.toMatch(/client/);
  expect(withOwn).toHaveLength(2);
  for (const headers of withOwn) for (const value of Object.values(account)) expect(headers).toContain(value);
});

describe('a server’s key that its provider repeats', () => {
  const token = 'planted-token-1-0123456789';
  const key = 'planted-pool/openai';
  const stream = { 'content-type': 'text/event-stream' };
  const event = `data: {"error":{"message":"no ${key}","code":"unheard_of"}}`;

  it.each([
    [
      'the reason phrase of a 200',
      (response: ServerResponse) => response.writeHead(200, `OK ${key}`).end('{}'),
    ],
    [
      'the reason phrase of a 404',
      (response: ServerResponse) => response.writeHead(404, `No ${key}`).end('{}'),
    ],
    [
      'JSON, its slash escaped',
      (response: ServerResponse) => response.writeHead(404).end(key.replace('/', '\\/')),
    ],
    [
      'the first event of a stream',
      (response: ServerResponse) => response.writeHead(200, stream).end(`${event}\n\n`),
    ],
    [
      'an event stream that ends in its first event',
      (response: ServerResponse) => response.writeHead(200, stream).end(event),
    ],
  ])('does not reach the client in %s', async (_where, respond) => {
    const team = await startBundle({
      OPENAI_UPSTREAM: upstream.origin,
      ACCESS_TOKENS: token,
      OPENAI_API_KEYS: key,
    });
    upstream.respond((_request, response) => respond(response));
    const headers = { authorization: `Bearer ${token}` };
    const { statusMessage, rawHeaders, body } = await send(team.url, '/v1/responses/r1', { headers });
    await team.stop();
    expect([statusMessage, ...rawHeaders, body.toString()].join('\n')).not.toMatch(/planted-pool/);
    expect(body.length).toBeGreaterThan(0);
  });
});
