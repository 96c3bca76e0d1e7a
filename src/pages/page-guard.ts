import type { Express, NextFunction, Response } from 'express';
import type { Config } from '../config/read-config';
import { ProxyError } from '../errors/proxy-error';
import type { PageAccess } from './admin-auth';
import { targetOf, type PageRequest } from './page-request';

/** The page's files beside it: `/-/page-1a2b3c4d.js`. */
const FILES = /^\/-\/[\w.-]+\.(?:js|css)$/;

/** Keeps the page at `/` from those who may not see it; to be added before the page itself. */
export function addPageGuard(app: Express, { page }: Pick<Config, 'page'>, access: PageAccess): void {
  if (page === 'open') return;
  app.use(async (request: PageRequest, response: Response, next: NextFunction) => {
    const isPage = request.path === '/';
    if (!isPage && !FILES.test(request.path)) {
      next();
      return;
    }
    if (isPage && request.method === 'HEAD') {
      response.end(); // Claude Code probes it before it sends anything
      return;
    }
    if (page === 'off') throw new ProxyError('not-found');
    if (!isPage) {
      next();
      return;
    }
    try {
      await access.requireToken(request, targetOf(request));
    } catch (error) {
      if (!(error instanceof ProxyError) || error.code !== 'bad-token' || request.accepts('html') !== 'html')
        throw error;
      sendTokenNeeded(response);
      return;
    }
    next();
  });
}

/** All that a stranger learns, in both languages. */
function sendTokenNeeded(response: Response): void {
  response
    .status(401)
    .set(
      'Content-Security-Policy',
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    .set('Referrer-Policy', 'no-referrer')
    .set('x-proxy-error', 'bad-token')
    .type('html').send(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>401</title>
</head>
<body>
<p>An access token is needed. Open this address with the token behind it: …/TOKEN/</p>
<p lang="zh-CN">需要访问令牌。请在网址后面加上令牌再打开：…/令牌/</p>
</body>
</html>
`);
}
