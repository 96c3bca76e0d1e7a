import { startFakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send } from '../../helpers/http';
import { startProxy } from '../../helpers/proxies';

const TOKEN = 'a-token-of-some-length';
/** Node parses it, and cannot write it again: its stack ends first. */
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

it.each([
  ['the first event', 14_000],
  ['an event at the end', 4_000],
])(
  'a failure in %s of a stream is passed on and classified, however deeply its body is nested',
  async (which, levels) => {
    const failure = `data: {"error":{"code":"insufficient_quota","x":${nested(levels)}}}\n\n`;
    const body = which === 'the first event' ? failure : `data: {"choices":[]}\n\n${failure}`;
    const upstream = await startFakeUpstream();
    upstream.respond((_asked, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(body);
    });
    const proxy = await startProxy(upstream, {
      OPENAI_API_KEYS: 'sk-of-the-server',
      ACCESS_TOKENS: `ann:${TOKEN}`,
    });
    const response = await send(proxy.url, '/v1/chat/completions', {
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: '{"model":"m","stream":true}',
    });
    expect(response.status).not.toBe(500);
    expect(response.body.toString()).not.toContain('internal');
    expect(proxy.log.find((line) => line['msg'] === 'request')).toMatchObject({
      upstream_error: 'insufficient_quota',
    });
    await proxy.stop();
    await upstream.close();
  },
);
