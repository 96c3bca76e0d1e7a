export type Language = 'en' | 'zh';

/** Every text of the page without its script, as plain text; those of the script are in `console-app/texts`. A missing translation is a type error. */
export interface Texts {
  /** A BCP 47 tag. */
  readonly tag: string;
  /** The language's name in that language. */
  readonly name: string;
  readonly heading: string;
  readonly intro: string;
  readonly tokenNeeded: string;
  readonly noTokenNeeded: string;
  readonly baseUrl: string;
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
  readonly paste: string;
  readonly yourKey: string;
  readonly needsScript: string;
}

export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    tag: 'en',
    name: 'English',
    heading: 'This is an API proxy',
    intro:
      'It relays requests to OpenAI, Anthropic, Gemini and other LLM APIs, byte for byte. Give a client the address below as its base URL, with your own API key, or with an access token of this proxy in place of the key.',
    tokenNeeded: 'This proxy requires an access token. Its operator gives them out.',
    noTokenNeeded: 'This proxy requires no access token.',
    baseUrl: 'Base URL',
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
    othersHint: 'Each provider has its own address:',
    paste: 'Ready to paste',
    yourKey: 'your-key-or-token',
    needsScript:
      'With JavaScript, this page also fills in your access token, shows what you have used, and has a chat to try.',
  },
  zh: {
    tag: 'zh-CN',
    name: '中文',
    heading: '这是一个 API 代理',
    intro:
      '本代理将请求逐字节原样转发至 OpenAI、Anthropic、Gemini 等大模型 API。请在客户端中将下面的地址设为 Base URL，密钥填写您自己的 API Key，或用本代理的访问令牌代替。',
    tokenNeeded: '使用本代理需要访问令牌，请向管理员索取。',
    noTokenNeeded: '使用本代理不需要访问令牌。',
    baseUrl: 'Base URL（接口地址）',
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
    othersHint: '每个服务商都有各自的地址：',
    paste: '可直接粘贴的配置',
    yourKey: '您的密钥或令牌',
    needsScript: '启用 JavaScript 后，本页还可以自动填入访问令牌、查看用量，并在线试用。',
  },
};
