import { readConfig, secretsOf } from '../../../src/config/read-config';
import { createRedact } from '../../../src/log/redact';

const SLACK = 'https://hooks.slack.com/services/T00000000/B00000000/planted0123456789';
const TELEGRAM = 'https://api.telegram.org/bot123456:planted-bot-0123456789/sendMessage';

it.each([
  SLACK,
  `${TELEGRAM}?chat_id=-1001`,
  'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=planted0-0123-4567',
  'http://127.0.0.1:9/hook',
  'http://localhost:9/hook',
])('ALERT_URL may be %s', (url) => {
  expect(readConfig({ ALERT_URL: url }).alertUrl).toBe(url);
});

it.each([
  ['http://hooks.slack.com/services/planted', /ALERT_URL must be https: /],
  ['ftp://planted.example/x', /ALERT_URL must be the https address/],
  ['planted', /ALERT_URL must be the https address/],
  ['https://user:planted@ops.example.com/', /ALERT_URL must be the https address/],
  [TELEGRAM, /ALERT_URL must name the chat: /],
])('ALERT_URL must not be %s, and the message does not repeat it', (url, message) => {
  const read = () => readConfig({ ALERT_URL: url });
  expect(read).toThrow(message);
  expect(read).not.toThrow(/planted/);
});

it.each([
  [SLACK, '/services/T00000000/B00000000/planted0123456789'],
  [SLACK, 'planted0123456789'],
  [`${TELEGRAM}?chat_id=-1001`, 'bot123456:planted-bot-0123456789'],
  ['https://ops.example.com/hook?token=planted%2F0123456789', 'planted/0123456789'],
])('of the ALERT_URL %s the log has no %s', (url, part) => {
  const redact = createRedact(secretsOf(readConfig({ ALERT_URL: url })));
  expect(redact(`x ${part} y`)).not.toContain('planted');
  expect(redact(`x ${url} y`)).not.toContain('planted');
});
