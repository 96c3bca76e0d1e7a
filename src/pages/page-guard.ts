import type { Express, NextFunction, Response } from 'express';
import type { Config } from '../config/read-config';
import type { FailureCode } from '../errors/failures';
import { ProxyError } from '../errors/proxy-error';
import type { PageAccess } from './admin-auth';
import { targetOf, type PageRequest } from './page-request';

/** The page's files beside it: `/-/page-1a2b3c4d.js`. */
const FILES = /^\/-\/[\w.-]+\.(?:js|css)$/;

/** Without access tokens only the operator may see the page. */
const NEEDED: ReadonlySet<string> = new Set<FailureCode>(['bad-token', 'bad-admin-token']);

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
      // Whoever has sent a token learns what is wrong with it.
      const isBad = error instanceof ProxyError && NEEDED.has(error.code);
      if (!isBad || request.accepts('html') !== 'html') throw error;
      const { sendTokenForm } = await import('./token-form/token-form');
      sendTokenForm(response);
      return;
    }
    next();
  });
}
