import type { ServerResponse } from 'node:http';
import { hashOf, pagePolicy } from '../../http/page-policy';
import { loadScript } from '../index-page/loader';
import { openWithToken } from './open-with-token';
import { STORED_TOKEN, tokenInFragment } from './stored-token';

/** With the parts of it that the page has as well. */
const SCRIPT = `'use strict';(${openWithToken.toString()})({load:${loadScript.toString()},tokenIn:${tokenInFragment.toString()},name:'${STORED_TOKEN}'});`;

/** The page's colours (console-app/style.css), for one card in the middle. */
const STYLE = `
:root { color-scheme: light dark; --back: #f5f6f8; --card: #fff; --text: #1b2430; --soft: #566274; --field: #7d8796; --accent: #0a5bc4; --on-accent: #fff; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --back: #0f1318; --card: #171d24; --text: #e6ebf1; --soft: #a3aebd; --field: #77828f; --accent: #86b6ff; --on-accent: #0c1a2e; --bad: #ff9c94 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px; background: var(--back); color: var(--text); font: 15px/1.55 system-ui, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', sans-serif }
main { width: 100%; max-width: 360px; padding: 28px; border-radius: 12px; background: var(--card) }
h1 { margin: 0 0 20px; font-size: 19px; line-height: 1.35 }
h1 span { display: block; font-size: 16px; font-weight: 400; color: var(--soft) }
label { display: block; margin-bottom: 4px; font-size: 13px; color: var(--soft) }
input, button { width: 100%; min-height: 42px; border-radius: 8px; font: inherit }
input { padding: 0 12px; border: 1px solid var(--field); background: transparent; color: inherit }
button { margin-top: 12px; border: 0; background: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
[data-status] { margin: 14px 0 0; color: var(--bad) }
`;

/** As strict as the page's: the form's script may load the page's, and nothing else may run. */
const POLICY = pagePolicy({ scripts: [hashOf(SCRIPT)], style: STYLE, trustedTypes: 'page markup' });

const FORM = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>401</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>An access token is needed<span lang="zh-CN">需要访问令牌</span></h1>
<form hidden>
<label for="token">Access token <span lang="zh-CN">访问令牌</span></label>
<input id="token" type="password" autocomplete="off" spellcheck="false" required>
<button>Open <span lang="zh-CN">打开</span></button>
</form>
<div role="alert">
<p data-status="401" hidden>This is not a valid token. <span lang="zh-CN">令牌无效。</span></p>
<p data-status="429" hidden>Too many invalid tokens. Try again in a minute. <span lang="zh-CN">无效令牌过多，请一分钟后再试。</span></p>
<p data-status="other" hidden>The page could not be loaded. Try again. <span lang="zh-CN">页面加载失败，请重试。</span></p>
</div>
<noscript>
<p>Open this address with the token behind it: …/TOKEN/</p>
<p lang="zh-CN">请在网址后面加上令牌再打开：…/令牌/</p>
</noscript>
</main>
</body>
</html>
`;

/** Asks for a token, in both languages: all that a stranger learns. */
export function sendTokenForm(response: ServerResponse): void {
  const body = Buffer.from(FORM.replace('</body>', () => `<script>${SCRIPT}</script>\n</body>`));
  response.statusCode = 401;
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('x-proxy-error', 'bad-token');
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.setHeader('Content-Length', body.length);
  response.end(body);
}
