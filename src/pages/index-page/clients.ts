import { TEXTS, type Texts } from './texts';

/** A client's setting: its name in code, or a field of a graphical client, whose name depends on the language. */
type Setting = string | { readonly field: keyof Texts['fields'] };

/** Each client's name for the setting, and the path after the proxy's base URL. */
const CLIENTS: readonly { readonly client: string; readonly setting: Setting; readonly path: string }[] = [
  { client: 'OpenAI SDKs', setting: 'OPENAI_BASE_URL, base_url', path: '/v1' },
  { client: 'Anthropic SDKs', setting: 'ANTHROPIC_BASE_URL, base_url', path: '' },
  { client: 'Google GenAI SDKs', setting: 'httpOptions.baseUrl, base_url', path: '' },
  { client: 'Claude Code', setting: 'ANTHROPIC_BASE_URL', path: '' },
  { client: 'Codex CLI', setting: 'model_providers.*.base_url', path: '/v1' },
  { client: 'Gemini CLI', setting: 'GOOGLE_GEMINI_BASE_URL', path: '' },
  { client: 'Vercel AI SDK: OpenAI, Anthropic', setting: 'baseURL', path: '/v1' },
  { client: 'Vercel AI SDK: Google', setting: 'baseURL', path: '/v1beta' },
  { client: 'NextChat', setting: { field: 'nextChat' }, path: '' },
  { client: 'LobeChat', setting: { field: 'lobeChat' }, path: '/v1' },
  { client: 'Cherry Studio', setting: { field: 'cherryStudio' }, path: '' },
  { client: 'BetterChatGPT', setting: { field: 'betterChatGpt' }, path: '/v1/chat/completions' },
];

/**
 * The clients' settings for one address; the table of docs/clients.md is generated from them.
 * @param baseUrl without a slash at the end
 * @returns rows such as `['LobeChat', 'API proxy URL', 'https://x.example/v1']`
 */
export function clientSettings(
  baseUrl: string,
  { fields }: Pick<Texts, 'fields'> = TEXTS.en,
): readonly (readonly [client: string, setting: string, url: string])[] {
  return CLIENTS.map(({ client, setting, path }) => [
    client,
    typeof setting === 'string' ? setting : fields[setting.field],
    baseUrl + path,
  ]);
}

/**
 * Text to paste into a terminal or a file, for clients that need more than one line.
 * @returns rows such as `['Gemini CLI', 'export GOOGLE_GEMINI_BASE_URL=…\nexport …']`
 */
export function snippets(
  baseUrl: string,
  { yourKey }: Pick<Texts, 'yourKey'>,
): readonly (readonly [title: string, text: string])[] {
  return [
    [
      'Claude Code',
      `export ANTHROPIC_BASE_URL="${baseUrl}"
export ANTHROPIC_AUTH_TOKEN="${yourKey}"`,
    ],
    [
      'Codex CLI: ~/.codex/config.toml',
      `model_provider = "scf-llm-proxy"

[model_providers.scf-llm-proxy]
name = "scf-llm-proxy"
base_url = "${baseUrl}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"`,
    ],
    [
      'Gemini CLI',
      `export GOOGLE_GEMINI_BASE_URL="${baseUrl}"
export GEMINI_API_KEY="${yourKey}"`,
    ],
    ['curl', `curl "${baseUrl}/v1/models" -H "Authorization: Bearer ${yourKey}"`],
  ];
}
