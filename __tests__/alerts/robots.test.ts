import type { Alert } from '../../src/alerts/alert';
import { robotAt } from '../../src/alerts/robots';

const ALERT: Alert = { event: 'test', subject: 's', text: 'the text', time: '2026-11-29T00:00:00Z' };
const LARK = 'https://open.larksuite.com/open-apis/bot/v2/hook/x';

/** Each receiver, the body it gets, a response that says yes, and one that says no with status 200. */
const ROWS: readonly [string, string, object, unknown, unknown][] = [
  [
    'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k',
    'WeCom',
    { msgtype: 'text', text: { content: 'the text' } },
    { errcode: 0, errmsg: 'ok' },
    { errcode: 93000, errmsg: 'invalid webhook url' },
  ],
  [
    'https://oapi.dingtalk.com/robot/send?access_token=t',
    'DingTalk',
    { msgtype: 'text', text: { content: 'the text' } },
    { errcode: 0, errmsg: 'ok' },
    { errcode: 310000, errmsg: 'keywords not in content' },
  ],
  [
    'https://open.feishu.cn/open-apis/bot/v2/hook/x',
    'Feishu',
    { msg_type: 'text', content: { text: 'the text' } },
    { StatusCode: 0, StatusMessage: 'success', code: 0, data: {}, msg: 'success' },
    { code: 19024, msg: 'Key Words Not Found' },
  ],
  [LARK, 'Feishu', { msg_type: 'text', content: { text: 'the text' } }, { code: 0 }, { code: 9499 }],
  [
    'https://api.telegram.org/bot1:a/sendMessage?chat_id=-100123',
    'Telegram',
    { chat_id: '-100123', text: 'the text' },
    { ok: true, result: {} },
    { ok: false, error_code: 400 },
  ],
];

it.each(ROWS)('a receiver at %s is %s and gets its own form', (address, name, body, yes, no) => {
  const url = new URL(address);
  const robot = robotAt(url);
  expect(robot.name).toBe(name);
  expect(robot.body(ALERT, url)).toEqual(body);
  expect([robot.accepts(yes), robot.accepts(no), robot.accepts(undefined)]).toEqual([true, false, false]);
});

it.each([
  ['https://hooks.slack.com/services/T/B/x', { text: 'the text' }],
  ['https://hooks.slack-gov.com/services/T/B/x', { text: 'the text' }],
  ['https://ops.example.com/alerts', ALERT],
  ['https://open.feishu.cn.example.com/x', ALERT],
  ['https://constructor/', ALERT],
])('a receiver at %s, whose status is all that counts, gets %j', (address, body) => {
  const url = new URL(address);
  expect(robotAt(url).body(ALERT, url)).toEqual(body);
  expect(robotAt(url).accepts(undefined)).toBe(true);
});

it('a name cannot mention anybody in Slack, nor become a link', () => {
  const url = new URL('https://hooks.slack.com/services/T/B/x');
  const alert = { ...ALERT, text: 'a & <!channel> & <https://x.example|b>' };
  expect(robotAt(url).body(alert, url)).toEqual({
    text: 'a &amp; &lt;!channel&gt; &amp; &lt;https://x.example|b&gt;',
  });
});
