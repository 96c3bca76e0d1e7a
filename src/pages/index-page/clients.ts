import { TEXTS, type Texts } from './texts';

/** A client's setting: its name in code, or a field of a graphical client, whose name depends on the language. */
type Setting = string | { readonly field: keyof Texts['fields'] };

/**
 * Each client's name for the setting, and the path after the proxy's base URL. A row with an address above it is from that
 * document; every other was run, or its source was read (docs/clients.md says which).
 */
const CLIENTS: readonly { readonly client: string; readonly setting: Setting; readonly path: string }[] = [
  { client: 'OpenAI SDKs', setting: 'OPENAI_BASE_URL, base_url', path: '/v1' },
  { client: 'Anthropic SDKs', setting: 'ANTHROPIC_BASE_URL, base_url', path: '' },
  { client: 'Google GenAI SDKs', setting: 'httpOptions.baseUrl, base_url', path: '' },
  { client: 'Claude Code', setting: 'ANTHROPIC_BASE_URL', path: '' },
  { client: 'Claude Agent SDK', setting: 'ANTHROPIC_BASE_URL', path: '' },
  { client: 'Codex CLI', setting: 'openai_base_url', path: '/v1' },
  { client: 'Gemini CLI', setting: 'GOOGLE_GEMINI_BASE_URL', path: '' },
  { client: 'Qwen Code', setting: 'OPENAI_BASE_URL', path: '/v1' },
  { client: 'Copilot CLI', setting: 'COPILOT_PROVIDER_BASE_URL', path: '/v1' },
  { client: 'Copilot CLI: anthropic', setting: 'COPILOT_PROVIDER_BASE_URL', path: '' },
  { client: 'Kimi Code: openai', setting: 'base_url', path: '/v1' },
  { client: 'Kimi Code: anthropic, google-genai', setting: 'base_url', path: '' },
  { client: 'opencode: openai, anthropic', setting: 'options.baseURL', path: '/v1' },
  { client: 'opencode: google', setting: 'options.baseURL', path: '/v1beta' },
  { client: 'OpenClaw, pi: OpenAI', setting: 'baseUrl', path: '/v1' },
  { client: 'OpenClaw, pi: Anthropic', setting: 'baseUrl', path: '' },
  { client: 'OpenClaw, pi: Google', setting: 'baseUrl', path: '/v1beta' },
  { client: 'claude-code-router', setting: 'api_base_url', path: '/v1/chat/completions' },
  { client: 'claude-code-router: Gemini', setting: 'api_base_url', path: '/v1beta/models/' },
  { client: 'Cline', setting: 'Base URL', path: '/v1' },
  { client: 'Continue', setting: 'apiBase', path: '/v1' },
  // https://docs.roocode.com/providers/openai-compatible
  { client: 'Roo Code', setting: 'Base URL', path: '/v1' },
  // https://cursor.com/help/models-and-usage/api-keys, https://docs.litellm.ai/docs/proxy/cursor
  { client: 'Cursor', setting: 'Override OpenAI Base URL', path: '/v1' },
  // https://github.com/zed-industries/zed/blob/main/docs/src/ai/llm-providers.md#openai-api-compatible
  { client: 'Zed', setting: 'language_models.openai_compatible.*.api_url', path: '/v1' },
  { client: 'Vercel AI SDK: OpenAI, Anthropic', setting: 'baseURL', path: '/v1' },
  { client: 'Vercel AI SDK: Google', setting: 'baseURL', path: '/v1beta' },
  {
    client: 'LangChain, LlamaIndex, Mastra, instructor, promptfoo: OpenAI',
    setting: 'base_url, baseURL',
    path: '/v1',
  },
  {
    client: 'LangChain, LlamaIndex, Mastra, instructor, promptfoo: Anthropic',
    setting: 'base_url, baseURL',
    path: '',
  },
  { client: '@openai/agents', setting: 'OPENAI_BASE_URL', path: '/v1' },
  { client: 'groq-sdk', setting: 'baseURL', path: '/groq' },
  { client: 'Mistral SDK', setting: 'serverURL', path: '/mistral' },
  { client: 'together SDK', setting: 'baseURL', path: '/together/v1' },
  { client: 'NextChat', setting: { field: 'nextChat' }, path: '' },
  { client: 'LobeChat', setting: { field: 'lobeChat' }, path: '/v1' },
  { client: 'Cherry Studio', setting: { field: 'cherryStudio' }, path: '' },
  { client: 'Chatbox', setting: { field: 'chatbox' }, path: '' },
  { client: 'BetterChatGPT', setting: { field: 'betterChatGpt' }, path: '/v1/chat/completions' },
  { client: 'chatgpt-web (Chanzhaoyu)', setting: 'OPENAI_API_BASE_URL', path: '' },
  { client: 'chatgpt-web (Niek)', setting: 'VITE_API_BASE', path: '' },
  // https://docs.openwebui.com/reference/env-configuration
  { client: 'Open WebUI', setting: 'OPENAI_API_BASE_URL', path: '/v1' },
  // https://www.librechat.ai/docs/quick_start/custom_endpoints
  { client: 'LibreChat', setting: 'endpoints.custom[].baseURL', path: '/v1' },
  // https://github.com/langgenius/dify-official-plugins/blob/main/models/openai_api_compatible/provider/openai_api_compatible.yaml
  { client: 'Dify: OpenAI-API-compatible', setting: 'API Base URL', path: '/v1' },
  // https://github.com/labring/FastGPT/blob/main/projects/app/.env.template
  { client: 'FastGPT', setting: 'OPENAI_BASE_URL', path: '/v1' },
  // https://immersivetranslate.com/zh-Hans/docs/services/ai
  { client: 'Immersive Translate', setting: { field: 'immersiveTranslate' }, path: '/v1/chat/completions' },
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
 * Text to paste into a terminal or a file, for clients that need more than one line. A title that names a file or a shell
 * ends in it, after a colon; no shell is sh.
 * @returns rows such as `['Gemini CLI', 'export GOOGLE_GEMINI_BASE_URL=…\nexport …']`
 */
export function snippets(
  baseUrl: string,
  { yourKey }: Pick<Texts, 'yourKey'>,
): readonly (readonly [title: string, text: string])[] {
  const inShells = (title: string, variables: Readonly<Record<string, string>>) => {
    const lines = (before: string, equals: string) =>
      Object.entries(variables)
        .map(([name, value]) => `${before}${name}${equals}"${value}"`)
        .join('\n');
    return [
      [title, lines('export ', '=')],
      [`${title}: PowerShell`, lines('$env:', ' = ')],
    ] as const;
  };
  return [
    ...inShells('Claude Code', { ANTHROPIC_BASE_URL: baseUrl, ANTHROPIC_AUTH_TOKEN: yourKey }),
    ['Codex CLI: ~/.codex/config.toml', `openai_base_url = "${baseUrl}/v1"`],
    ['Codex CLI', `echo "${yourKey}" | codex login --with-api-key`], // in PowerShell as well
    ...inShells('Gemini CLI', { GOOGLE_GEMINI_BASE_URL: baseUrl, GEMINI_API_KEY: yourKey }),
    // Without it: "Invalid auth method selected.", and nothing is sent (https://github.com/google-gemini/gemini-cli/issues/27550).
    [
      'Gemini CLI: ~/.gemini/settings.json',
      '{ "security": { "auth": { "selectedType": "gemini-api-key" } } }',
    ],
    ...inShells('Qwen Code', { OPENAI_BASE_URL: `${baseUrl}/v1`, OPENAI_API_KEY: yourKey }),
    ...inShells('Copilot CLI', {
      COPILOT_PROVIDER_BASE_URL: `${baseUrl}/v1`,
      COPILOT_PROVIDER_API_KEY: yourKey,
      COPILOT_MODEL: 'gpt-5-mini',
    }),
    ['curl', `curl "${baseUrl}/v1/models" -H "Authorization: Bearer ${yourKey}"`],
    ['curl: PowerShell', `curl.exe "${baseUrl}/v1/models" -H "Authorization: Bearer ${yourKey}"`],
  ];
}
