import type { Alert } from './alert';

/** How one kind of receiver takes a message. */
export interface Robot {
  readonly name: string;
  /** The JSON to post. */
  readonly body: (alert: Alert, url: URL) => object;
  /** Whether a response of status 200 says that the message was taken. */
  readonly accepts: (response: unknown) => boolean;
}

/**
 * WeCom: https://developer.work.weixin.qq.com/document/path/91770, at most 2,048 bytes of text.
 * DingTalk, in the same form: https://open.dingtalk.com/document/group/custom-robot-access; both respond with 200 always.
 */
const byMsgtype = (name: string): Robot => ({
  name,
  body: ({ text }) => ({ msgtype: 'text', text: { content: text } }),
  accepts: (response) => memberOf(response, 'errcode') === 0,
});

const WECOM = byMsgtype('WeCom');
const DINGTALK = byMsgtype('DingTalk');

/**
 * Feishu and Lark: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot. Errors may have status 200; a success
 * has `StatusCode` as well, which is kept for old clients.
 */
const FEISHU: Robot = {
  name: 'Feishu',
  body: ({ text }) => ({ msg_type: 'text', content: { text } }),
  accepts: (response) => memberOf(response, 'code') === 0,
};

/**
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: `ok` as plain text, and errors by the status.
 * Three characters begin links and mentions: https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
const SLACK: Robot = {
  name: 'Slack',
  body: ({ text }) => ({
    text: text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  }),
  accepts: () => true,
};

/** https://core.telegram.org/bots/api#sendmessage; the URL names the chat in its query. */
const TELEGRAM: Robot = {
  name: 'Telegram',
  body: ({ text }, url) => ({ chat_id: url.searchParams.get('chat_id'), text }),
  accepts: (response) => memberOf(response, 'ok') === true,
};

/** Any other host gets the alert itself. */
const JSON_HOOK: Robot = {
  name: 'JSON',
  body: (alert) => alert,
  accepts: () => true,
};

const BY_HOST: Readonly<Record<string, Robot>> = {
  'qyapi.weixin.qq.com': WECOM,
  'oapi.dingtalk.com': DINGTALK,
  'open.feishu.cn': FEISHU,
  'open.larksuite.com': FEISHU,
  'hooks.slack.com': SLACK,
  'hooks.slack-gov.com': SLACK, // https://docs.slack.dev/govslack
  'api.telegram.org': TELEGRAM,
};

/** The receiver at an address, told by its host. */
export function robotAt({ hostname }: URL): Robot {
  return (Object.hasOwn(BY_HOST, hostname) ? BY_HOST[hostname] : undefined) ?? JSON_HOOK;
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}
