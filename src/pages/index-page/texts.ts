export type Language = 'en' | 'zh';

/** The script's texts. It replaces `{value}`, `{first}` and `{total}`. */
export interface ScriptTexts {
  readonly copied: string;
  readonly copyFailed: string;
  readonly waiting: string;
  readonly streaming: string;
  readonly timing: string;
  readonly stopped: string;
  readonly noText: string;
  readonly noConnection: string;
}

/** Every text of the page, as plain text. A missing translation is a type error. */
export interface Texts {
  /** A BCP 47 tag. */
  readonly tag: string;
  /** The language's name in that language. */
  readonly name: string;
  readonly heading: string;
  readonly intro: string;
  readonly baseUrl: string;
  readonly copy: string;
  readonly settings: string;
  readonly client: string;
  readonly setting: string;
  readonly value: string;
  /** Fields of graphical clients, as those clients call them in this language. */
  readonly fields: {
    readonly nextChat: string;
    readonly lobeChat: string;
    readonly cherryStudio: string;
    readonly chatbox: string;
    readonly betterChatGpt: string;
    readonly immersiveTranslate: string;
  };
  readonly others: string;
  readonly othersHint: string;
  readonly othersName: string;
  readonly paste: string;
  readonly yourKey: string;
  readonly tryIt: string;
  readonly tryItHint: string;
  readonly key: string;
  readonly keyHint: string;
  readonly api: string;
  readonly model: string;
  readonly message: string;
  readonly sampleMessage: string;
  readonly send: string;
  readonly stop: string;
  readonly reply: string;
  readonly needsScript: string;
  readonly script: ScriptTexts;
}

export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    tag: 'en',
    name: 'English',
    heading: 'This is an API proxy',
    intro:
      'It relays requests to OpenAI, Anthropic, Gemini and other LLM APIs, byte for byte. Give a client the address below as its base URL, with your own API key, or with an access token of this proxy in place of the key.',
    baseUrl: 'Base URL',
    copy: 'Copy',
    settings: 'Client settings',
    client: 'Client',
    setting: 'Setting',
    value: 'Value',
    fields: {
      nextChat: 'Endpoint',
      lobeChat: 'API proxy URL',
      cherryStudio: 'API host',
      chatbox: 'API Host',
      betterChatGpt: 'API endpoint',
      immersiveTranslate: 'Custom API Interface Address',
    },
    others: 'Other providers',
    othersHint: 'Each provider has its own address. Press a name to copy that address.',
    othersName: 'name',
    paste: 'Ready to paste',
    yourKey: 'your-key-or-token',
    tryIt: 'Try it',
    tryItHint:
      'Sends one message through this proxy and shows the reply as it streams. It costs what that message costs.',
    key: 'API key or access token',
    keyHint: 'It is sent to this proxy with the request, and is not stored.',
    api: 'API',
    model: 'Model',
    message: 'Message',
    sampleMessage: 'Tell me something about the sea, in three sentences.',
    send: 'Send',
    stop: 'Stop',
    reply: 'Reply',
    needsScript: 'This needs JavaScript.',
    script: {
      copied: 'Copied: {value}',
      copyFailed: 'Copying failed. Select the text and copy it yourself.',
      waiting: 'Waiting for the first token…',
      streaming: 'Streaming…',
      timing: 'First token after {first} s, {total} s in total.',
      stopped: 'Stopped after {total} s.',
      noText: 'The response ended after {total} s without any text.',
      noConnection: 'No response: the connection failed.',
    },
  },
  zh: {
    tag: 'zh-CN',
    name: '中文',
    heading: '这是一个 API 代理',
    intro:
      '本代理将请求逐字节原样转发至 OpenAI、Anthropic、Gemini 等大模型 API。请在客户端中将下面的地址设为 Base URL，密钥填写您自己的 API Key，或用本代理的访问令牌代替。',
    baseUrl: 'Base URL（接口地址）',
    copy: '复制',
    settings: '客户端设置',
    client: '客户端',
    setting: '设置项',
    value: '值',
    fields: {
      nextChat: '接口地址',
      lobeChat: 'API 代理地址',
      cherryStudio: 'API 地址',
      chatbox: 'API 域名',
      betterChatGpt: 'API 端点',
      immersiveTranslate: '自定义 API 接口地址',
    },
    others: '其他服务商',
    othersHint: '每个服务商都有各自的地址，点击名称即可复制。',
    othersName: '名称',
    paste: '可直接粘贴的配置',
    yourKey: '您的密钥或令牌',
    tryIt: '在线试用',
    tryItHint: '通过本代理发送一条消息，并实时显示流式回复。按该消息的实际用量计费。',
    key: 'API Key 或访问令牌',
    keyHint: '仅随本次请求发送给本代理，不会保存在任何地方。',
    api: '接口',
    model: '模型',
    message: '消息',
    sampleMessage: '用三句话介绍一下大海。',
    send: '发送',
    stop: '停止',
    reply: '回复',
    needsScript: '此功能需要启用 JavaScript。',
    script: {
      copied: '已复制：{value}',
      copyFailed: '复制失败，请手动选中文本后复制。',
      waiting: '正在等待首个 token…',
      streaming: '正在接收回复…',
      timing: '首 token 延迟 {first} 秒，总耗时 {total} 秒。',
      stopped: '已停止，用时 {total} 秒。',
      noText: '响应已结束（{total} 秒），但没有返回任何文本。',
      noConnection: '未收到响应：连接失败。',
    },
  },
};
