import type { Alert } from '../../src/alerts/alert';
import { postAlert } from '../../src/alerts/post-alert';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';

const ALERT: Alert = { event: 'test', subject: 's', text: 'the text', time: '2026-11-29T00:00:00Z' };

let receiver: FakeUpstream;
beforeAll(async () => {
  receiver = await startFakeUpstream();
});
afterAll(() => receiver.close());

it('posts JSON to the path and query of the address', async () => {
  receiver.respond((_request, response) => response.end('ok'));
  await postAlert(new URL(`${receiver.origin}/hook/x?a=b`), ALERT);
  const seen = receiver.seen.at(-1);
  expect(seen).toMatchObject({ method: 'POST', url: '/hook/x?a=b' });
  expect(seen?.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8' });
  expect(JSON.parse(seen?.body.toString() ?? '')).toEqual(ALERT);
});

it('names a status that is an error, and nothing of the address', async () => {
  receiver.respond((_request, response) => response.writeHead(404).end('no planted-hook'));
  await expect(postAlert(new URL(`${receiver.origin}/planted-hook`), ALERT)).rejects.toThrow(/^status 404$/);
});

it('gives up after its time limit on a receiver that does not respond', async () => {
  receiver.respond(() => undefined);
  const posted = postAlert(new URL(receiver.origin), ALERT, { limitMs: 50 });
  await expect(posted).rejects.toThrow('no response within 50 ms');
});

it('reports a receiver that cannot be reached by the code alone', async () => {
  const gone = await startFakeUpstream();
  await gone.close();
  const url = new URL(`${gone.origin}/planted-hook`);
  await expect(postAlert(url, ALERT)).rejects.toThrow(/^ECONNREFUSED$/);
});
