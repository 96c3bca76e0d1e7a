import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sendTestAlert } from '../../../scripts/doctor/alert-test';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';

let receiver: FakeUpstream;
const root = mkdtempSync(path.join(tmpdir(), 'alert-test-'));
beforeAll(async () => {
  receiver = await startFakeUpstream();
});
afterAll(async () => {
  rmSync(root, { recursive: true });
  await receiver.close();
});

const run = (url?: string) =>
  sendTestAlert(root, url === undefined ? {} : { ALERT_URL: url }, () => Date.parse('2026-11-29T00:00:00Z'));

it('sends one alert that says what it is, and prints no more of the address than its host', async () => {
  receiver.respond((_request, response) => response.end());
  const result = await run(`${receiver.origin}/planted-hook`);
  expect(result).toMatchObject({ verdict: 'ok' });
  expect(result.detail).toContain(new URL(receiver.origin).host);
  expect(JSON.stringify(result)).not.toContain('planted');
  expect(JSON.parse(receiver.seen.at(-1)?.body.toString() ?? '')).toEqual({
    event: 'test',
    subject: 'test',
    text: 'scf-llm-proxy: a test alert, sent by "npm run doctor -- --alert-test".',
    time: '2026-11-29T00:00:00.000Z',
  });
});

it('fails with a remedy if the receiver does not take it', async () => {
  receiver.respond((_request, response) => response.writeHead(403).end());
  const result = await run(`${receiver.origin}/planted-hook`);
  expect(result).toMatchObject({ verdict: 'fail', remedy: expect.stringContaining('keyword') as string });
  expect(result.detail).toMatch(/status 403/);
  expect(JSON.stringify(result)).not.toContain('planted');
});

it.each([
  [undefined, /not set/],
  ['http://hooks.slack.com/planted', /must be https/],
])('fails if ALERT_URL is %s', async (url, detail) => {
  const result = await run(url);
  expect(result.verdict).toBe('fail');
  expect(result.detail).toMatch(detail);
  expect(JSON.stringify(result)).not.toContain('planted');
});
