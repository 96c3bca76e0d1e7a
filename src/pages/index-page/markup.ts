import type { PageData } from './browser';
import { APIS } from './chat';
import { clientSettings, snippets } from './clients';
import { SCRIPT } from './script';
import { STYLE } from './style';
import { TEXTS, type Language } from './texts';

/** What the page shows. */
export interface PageContent {
  readonly language: Language;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** The names of the providers, each with the address `<base>/<name>/v1`. */
  readonly providers: readonly string[];
  /** The provider's name at the end of the page's path, if any. */
  readonly segment: string | undefined;
  readonly version: string;
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230a5bc4'/%3E%3Cpath d='M3 8h9M8.500 4.500 12 8l-3.500 3.500' fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E";

/** The page for users who open the address in a browser: a complete HTML document. */
export function indexPage({ language, baseUrl, providers, segment, version }: PageContent): string {
  const texts = TEXTS[language];
  const other = language === 'en' ? 'zh' : 'en';
  const data: PageData = { texts: texts.script, segment: segment === undefined ? '' : `/${segment}` };
  const e = escapeHtml;
  const sections = [
    ['settings', texts.settings],
    ['others', texts.others],
    ['paste', texts.paste],
    ['try', texts.tryIt],
  ] as const;
  const shown = (text: string) => withBase(text, baseUrl);
  const copyButton = (what: string) =>
    `<button type="button" data-copy="" aria-label="${e(`${texts.copy}: ${what}`)}">${e(texts.copy)}</button>`;
  return `<!doctype html>
<html lang="${texts.tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>scf-llm-proxy</title>
<link rel="icon" href="${ICON}">
<style>${STYLE}</style>
</head>
<body data-page="${e(JSON.stringify(data))}">
<header>
<h1>${e(texts.heading)}</h1>
<a href="?lang=${other}" hreflang="${TEXTS[other].tag}" lang="${TEXTS[other].tag}">${e(TEXTS[other].name)}</a>
</header>
<main>
<p>${e(texts.intro)}</p>
<nav>${sections.map(([id, title]) => `<a href="#${id}">${e(title)}</a>`).join('')}</nav>
<section aria-labelledby="base">
<h2 id="base">${e(texts.baseUrl)}</h2>
<div class="value block"><code>${shown(baseUrl)}</code>${copyButton(texts.baseUrl)}</div>
</section>
<section aria-labelledby="settings">
<h2 id="settings">${e(texts.settings)}</h2>
<table role="table">
<thead role="rowgroup"><tr role="row">${[texts.client, texts.setting, texts.value]
    .map((head) => `<th role="columnheader" scope="col">${e(head)}</th>`)
    .join('')}</tr></thead>
<tbody role="rowgroup">
${clientSettings(baseUrl, texts)
  .map(
    ([client, setting, url]) =>
      `<tr role="row"><th role="rowheader" scope="row">${e(client)}</th><td role="cell">${e(setting)}</td>` +
      `<td role="cell"><div class="value"><code>${shown(url)}</code>${copyButton(`${client}, ${setting}`)}</div></td></tr>`,
  )
  .join('\n')}
</tbody>
</table>
</section>
<section aria-labelledby="others">
<h2 id="others">${e(texts.others)}</h2>
<p>${e(texts.othersHint)}</p>
<p><code>${shown(baseUrl)}/&lt;${e(texts.othersName)}&gt;/v1</code></p>
<ul class="names">
${providers
  .map(
    (name) =>
      `<li><button type="button" data-copy="/${e(name)}/v1" aria-label="${e(`${texts.copy}: ${name}`)}">${e(name)}</button></li>`,
  )
  .join('\n')}
</ul>
</section>
<section aria-labelledby="paste">
<h2 id="paste">${e(texts.paste)}</h2>
${snippets(baseUrl, texts)
  .map(
    ([title, text]) =>
      `<div class="snippet"><h3>${e(title)}</h3>${copyButton(title)}<pre><code>${shown(text)}</code></pre></div>`,
  )
  .join('\n')}
</section>
${tryIt(language)}
</main>
<footer>scf-llm-proxy ${e(version)}</footer>
<p id="announcement" role="status" aria-live="polite"></p>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** The form for a streamed chat. No field has a name, so the form itself can never submit a value. */
function tryIt(language: Language): string {
  const texts = TEXTS[language];
  const e = escapeHtml;
  const options = Object.entries(APIS).map(
    ([name, { title, path, model }]) =>
      `<option value="${name}" data-model="${model}">${title} · ${path}</option>`,
  );
  return `<section aria-labelledby="try">
<h2 id="try">${e(texts.tryIt)}</h2>
<p>${e(texts.tryItHint)}</p>
<p class="no-js">${e(texts.needsScript)}</p>
<form id="chat" autocomplete="off">
<div class="wide"><label for="key">${e(texts.key)}</label>
<input id="key" type="password" autocomplete="off" spellcheck="false" aria-describedby="key-hint">
<span class="soft" id="key-hint">${e(texts.keyHint)}</span></div>
<div><label for="api">${e(texts.api)}</label><select id="api" autocomplete="off">${options.join('')}</select></div>
<div><label for="model">${e(texts.model)}</label><input id="model" required autocomplete="off" spellcheck="false"></div>
<div class="wide"><label for="message">${e(texts.message)}</label>
<textarea id="message" required rows="3" autocomplete="off">${e(texts.sampleMessage)}</textarea></div>
<div class="wide buttons"><button class="main" id="send">${e(texts.send)}</button><button type="button" id="stop" disabled>${e(texts.stop)}</button>
<span class="soft" id="status" role="status" aria-live="polite"></span></div>
<div class="wide"><h3 id="reply-title">${e(texts.reply)}</h3>
<p id="failure" role="alert"></p>
<div id="reply" role="region" aria-labelledby="reply-title" aria-live="polite"></div></div>
</form>
</section>`;
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
