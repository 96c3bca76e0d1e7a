import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { loadScript } from '../index-page/loader';
import { openWithToken } from './open-with-token';
import { STORED_TOKEN, tokenInFragment } from './stored-token';

/** With the parts of it that the page has as well. */
const SCRIPT = `'use strict';(${openWithToken.toString()})({load:${loadScript.toString()},tokenIn:${tokenInFragment.toString()},name:'${STORED_TOKEN}'});`;

/** As strict as the page's: the form's script may load the page's, and nothing else may run. */
const POLICY = [
  "default-src 'none'",
  `script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}' 'strict-dynamic'`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types page markup',
].join('; ');

const FORM = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>401</title>
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>An access token is needed <span lang="zh-CN">需要访问令牌</span></h1>
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
