import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { AccessList } from '../core/access';
import { credentialIn } from '../core/credentials';
import type { KeyReport } from '../core/pool-key';
import { ProxyError } from '../errors';
import { baseUrlOf, indexPage } from './index-page';

/** What the pages tell of this instance. */
export interface PageFacts {
  readonly version: string;
  /** The platform's region and function name; null elsewhere. */
  readonly region: string | null;
  readonly functionName: string | null;
}

/** What the page of the keys needs. */
export interface KeyPageOptions {
  /** '' where there is to be no such page. */
  readonly adminToken: string;
  readonly report: () => Record<string, KeyReport[]>;
}

/** Our own pages. Everything that is thrown or not found is answered by the app, in one place. */
export function createPages(facts: PageFacts, keys: KeyPageOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request: Request, response: Response, next: NextFunction) => {
    response.set('Cache-Control', 'no-store').set('X-Content-Type-Options', 'nosniff');
    next();
  });
  app.use((request: Request, _response: Response, next: NextFunction) => {
    next(
      request.method === 'GET' || request.method === 'HEAD'
        ? undefined
        : new ProxyError('method-not-allowed'),
    );
  });
  app.get('/-/health', (_request: Request, response: Response) => {
    response.json({
      status: 'ok',
      version: facts.version,
      uptime_seconds: Math.round(process.uptime()),
      region: facts.region,
      function: facts.functionName,
    });
  });
  if (keys.adminToken !== '') {
    const admins = new AccessList([{ name: 'admin', token: keys.adminToken }]);
    app.get('/-/keys', (request: Request, response: Response) => {
      if (admins.nameOf(credentialIn(request.headers, 'authorization') ?? '') === undefined) {
        throw new ProxyError('bad-admin-token');
      }
      response.json(keys.report());
    });
  }
  app.head('/api/hello', (_request: Request, response: Response) => {
    response.end();
  });
  app.get('/', (request: Request & { stagePrefix?: string }, response: Response) => {
    response
      .set(
        'Content-Security-Policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      .type('html')
      .send(indexPage(baseUrlOf(request, request.stagePrefix ?? ''), facts.version));
  });
  return app;
}
