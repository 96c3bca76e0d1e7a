/** A link that opens a client with the proxy's address and a token filled in. */
export interface ClientLink {
  readonly client: string;
  readonly url: string;
}

const NAME = 'scf-llm-proxy';

/**
 * The clients with such a link. Each shows what it will store and asks first. Those whose link would send the token to
 * somebody's server, such as LobeChat's `?settings=`, are left out.
 */
const LINKS: readonly {
  readonly client: string;
  readonly urlOf: (baseUrl: string, token: string) => string;
}[] = [
  // https://github.com/farion1231/cc-switch/blob/main/src-tauri/src/deeplink/parser.rs, provider.rs: `endpoint` becomes
  // ANTHROPIC_BASE_URL, `base_url` in config.toml, and GOOGLE_GEMINI_BASE_URL.
  {
    client: 'CC Switch: Claude Code',
    urlOf: (baseUrl, token) => ccSwitch('claude', baseUrl, baseUrl, token),
  },
  {
    client: 'CC Switch: Codex',
    urlOf: (baseUrl, token) => ccSwitch('codex', baseUrl, `${baseUrl}/v1`, token),
  },
  { client: 'CC Switch: Gemini CLI', urlOf: (baseUrl, token) => ccSwitch('gemini', baseUrl, baseUrl, token) },
  {
    // https://github.com/CherryHQ/cherry-studio/blob/main/src/main/services/protocol/handlers/providersImport.ts: `_` stands for
    // `+`, and `-` for `/`. It adds /v1 itself.
    client: 'Cherry Studio',
    urlOf: (baseUrl, apiKey) =>
      `cherrystudio://providers/api-keys?v=1&data=${encodeURIComponent(
        base64({ id: NAME, name: NAME, type: 'openai', baseUrl, apiKey })
          .replaceAll('+', '_')
          .replaceAll('/', '-'),
      )}`,
  },
  {
    // https://github.com/chatboxai/chatbox-docs/blob/main/guides/providers/import-config.md
    client: 'Chatbox',
    urlOf: (baseUrl, apiKey) =>
      `chatbox://provider/import?config=${encodeURIComponent(
        base64({
          id: NAME,
          name: NAME,
          type: 'openai',
          iconUrl: '',
          urls: { website: baseUrl },
          settings: { apiHost: baseUrl, apiPath: '/v1/chat/completions', apiKey, models: [] },
        }),
      )}`,
  },
  {
    // https://github.com/ThinkInAIXYZ/deepchat: `provider/install` in its deeplink service, with the tests beside it.
    client: 'DeepChat',
    urlOf: (baseUrl, apiKey) =>
      `deepchat://provider/install?v=1&data=${encodeURIComponent(
        base64({ name: NAME, type: 'openai-completions', baseUrl: `${baseUrl}/v1`, apiKey }),
      )}`,
  },
  {
    // https://github.com/ChatGPTNextWeb/NextChat/blob/main/app/components/chat.tsx, `settings` of `useCommand`. A fragment is not
    // sent to that server.
    client: 'NextChat',
    urlOf: (url, key) =>
      `https://app.nextchat.dev/#/?settings=${encodeURIComponent(JSON.stringify({ key, url }))}`,
  },
];

/** @param baseUrl without a slash at the end */
export function clientLinks(baseUrl: string, token: string): readonly ClientLink[] {
  return LINKS.map(({ client, urlOf }) => ({ client, url: urlOf(baseUrl, token) }));
}

function ccSwitch(app: string, homepage: string, endpoint: string, apiKey: string): string {
  const query = new URLSearchParams({ resource: 'provider', app, name: NAME, homepage, endpoint, apiKey });
  return `ccswitch://v1/import?${query.toString()}`;
}

function base64(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
