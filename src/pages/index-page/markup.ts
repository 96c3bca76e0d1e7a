import { clientSettings, snippets } from './clients';
import { CONSOLE_FILE } from './console-file';
import { LOADER, type PageData } from './loader';
import { scriptName } from './script-name';
import { TEXTS, type Language } from './texts';

/** What the page shows. */
export interface PageContent extends Pick<
  PageData,
  'providers' | 'version' | 'needsToken' | 'hasPathToken' | 'hasSignIn'
> {
  readonly language: Language;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** The provider's name at the end of the page's path, if any. */
  readonly segment: string | undefined;
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230a5bc4'/%3E%3Cpath d='M3 8h9M8.500 4.500 12 8l-3.500 3.500' fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E";

/**
 * The page for users who open the address in a browser: a complete HTML document. Its script replaces what is in `#static`,
 * which is for browsers without JavaScript.
 */
export function indexPage({ language, baseUrl, segment, ...content }: PageContent): string {
  const texts = TEXTS[language];
  const other = language === 'en' ? 'zh' : 'en';
  const e = escapeHtml;
  const shown = (text: string) => withBase(text, baseUrl);
  const data: PageData = {
    ...content,
    script: CONSOLE_FILE ? `/-/${scriptName(CONSOLE_FILE)}` : '',
    integrity: CONSOLE_FILE ? `sha256-${CONSOLE_FILE.scriptHash}` : '',
    segment: segment === undefined ? '' : `/${segment}`,
  };
  const section = (id: string, title: string, inner: string) =>
    `<section class="card" aria-labelledby="${id}">\n<h2 id="${id}">${e(title)}</h2>\n${inner}\n</section>`;
  return `<!doctype html>
<html lang="${texts.tag}" data-page="${e(JSON.stringify(data))}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>scf-llm-proxy</title>
<link rel="icon" href="${ICON}">
<style>${CONSOLE_FILE?.style ?? ''}</style>
${CONSOLE_FILE ? `<script>${LOADER}</script>\n` : ''}</head>
<body>
<div id="app"></div>
<div id="static">
<header class="bar">
<h1>${e(texts.heading)}</h1>
<a href="?lang=${other}" hreflang="${TEXTS[other].tag}" lang="${TEXTS[other].tag}">${e(TEXTS[other].name)}</a>
</header>
<main>
<p>${e(texts.intro)}</p>
<p>${e(content.needsToken ? texts.tokenNeeded : texts.noTokenNeeded)}</p>
<p class="soft">${e(texts.needsScript)}</p>
${section('base', texts.baseUrl, `<p><code>${shown(baseUrl)}</code></p>`)}
${section(
  'settings',
  texts.settings,
  `<table role="table" class="settings">
<thead role="rowgroup"><tr role="row">${[texts.client, texts.setting, texts.value]
    .map((head) => `<th role="columnheader" scope="col">${e(head)}</th>`)
    .join('')}</tr></thead>
<tbody role="rowgroup">
${clientSettings(baseUrl, texts)
  .map(
    ([client, setting, url]) =>
      `<tr role="row"><th role="rowheader" scope="row">${e(client)}</th><td role="cell">${e(setting)}</td>` +
      `<td role="cell"><code>${shown(url)}</code></td></tr>`,
  )
  .join('\n')}
</tbody>
</table>`,
)}
${section(
  'others',
  texts.others,
  `<p>${e(texts.othersHint)}</p>
<ul class="names">
${content.providers.map((name) => `<li><code>${shown(baseUrl)}/${e(name)}/v1</code></li>`).join('\n')}
</ul>`,
)}
${section(
  'paste',
  texts.paste,
  snippets(baseUrl, texts)
    .map(([title, text]) => `<h3>${e(title)}</h3><pre><code>${shown(text)}</code></pre>`)
    .join('\n'),
)}
</main>
<footer class="soft">scf-llm-proxy ${e(content.version)}</footer>
</div>
</body>
</html>
`;
}

/** Text as HTML in which the script can replace every occurrence of the base URL. */
function withBase(text: string, baseUrl: string): string {
  return text
    .split(baseUrl)
    .map(escapeHtml)
    .join(`<span data-base>${escapeHtml(baseUrl)}</span>`);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
