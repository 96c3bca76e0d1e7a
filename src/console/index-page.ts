import type { IncomingMessage } from 'node:http';

/** The address this proxy was reached at, as a client's base URL begins: scheme, host, stage; no slash at the end. */
export function baseUrlOf(request: IncomingMessage, stage: string): string {
  const host = /^[\w.:[\]-]{1,255}$/.exec(request.headers.host ?? '')?.[0] ?? 'this-host';
  const forwarded = request.headers['x-forwarded-proto'];
  const local = /^(?:localhost|127\.|\[::1\])/.test(host);
  const scheme = forwarded === 'http' || forwarded === 'https' ? forwarded : local ? 'http' : 'https';
  return `${scheme}://${host}${stage}`;
}

/** Each client's own name for the setting, and what this proxy's address looks like there. */
const CLIENTS: readonly { readonly client: string; readonly setting: string; readonly path: string }[] = [
  { client: 'OpenAI SDKs', setting: 'OPENAI_BASE_URL (or base_url)', path: '/v1' },
  { client: 'Anthropic SDKs', setting: 'ANTHROPIC_BASE_URL (or base_url)', path: '' },
  { client: 'Claude Code', setting: 'ANTHROPIC_BASE_URL', path: '' },
  { client: 'Codex CLI', setting: 'base_url of a model provider', path: '/v1' },
  { client: 'Vercel AI SDK', setting: 'baseURL', path: '/v1' },
  { client: 'NextChat', setting: 'Endpoint', path: '' },
  { client: 'LobeChat', setting: 'API proxy URL', path: '/v1' },
  { client: 'Cherry Studio', setting: 'API host', path: '' },
  { client: 'BetterChatGPT', setting: 'API endpoint', path: '/v1/chat/completions' },
];

/** The clients' settings for one address, as rows of client, setting and URL; the README's table comes from here too. */
export function clientSettings(
  baseUrl: string,
): readonly (readonly [client: string, setting: string, url: string])[] {
  return CLIENTS.map(({ client, setting, path }) => [client, setting, baseUrl + path]);
}

/** A page for a person who opens the address in a browser. */
export function indexPage(baseUrl: string, version: string): string {
  const rows = clientSettings(baseUrl)
    .map(
      ([client, setting, url]) =>
        `<tr><td>${escapeHtml(client)}</td><td>${escapeHtml(setting)}</td><td><code>${escapeHtml(url)}</code></td></tr>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>scf-llm-proxy</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
code, pre { font: .9em ui-monospace, monospace; }
pre { padding: .8rem; overflow-x: auto; border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: .4rem; }
</style>
</head>
<body>
<h1>This is an API proxy</h1>
<p>It relays requests to the OpenAI and Anthropic APIs, byte for byte. Use it as the base URL of your client, with your own API key:</p>
<div class="scroll"><table>
<tr><th>Client</th><th>Setting</th><th>Value</th></tr>
${rows}
</table></div>
<p>Try it:</p>
<pre>curl ${escapeHtml(baseUrl)}/v1/models -H "Authorization: Bearer $OPENAI_API_KEY"</pre>
<p><small>scf-llm-proxy ${escapeHtml(version)}</small></p>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
