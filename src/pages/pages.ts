import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { hasNoTokens } from '../config/cross-field-problems';
import type { Config } from '../config/read-config';
import type { Proxy } from '../proxy/proxy';
import { publicUrl } from '../proxy/routing/public-url';
import { functionLimitMs } from '../proxy/exchange/timeouts';
import { ProxyError } from '../errors/proxy-error';
import { pageAccess } from './admin-auth';
import { addMetricsPage, type MetricsSource } from './metrics-page';
import type { PageFacts } from './page-facts';
import { addPageGuard } from './page-guard';
import { targetOf, type PageRequest } from './page-request';
import { SelfTests } from './selftest';
import { addConsolePages, type ConsolePagesOptions, type ConsoleUsage } from './console-pages';
import { addUsagePages } from './usage-pages';

export interface PageOptions {
  readonly facts: PageFacts;
  readonly config: Config;
  readonly proxy: Proxy;
  readonly usage: ConsoleUsage;
  /** `undefined` if nothing is counted, since nobody may see it. */
  readonly metrics: MetricsSource | undefined;
  /** Tells instances of one function apart; without a meaning. */
  readonly instance: string;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** Whether it takes no more requests soon. */
  readonly isStopping: () => boolean;
  readonly console: Pick<ConsolePagesOptions, 'open' | 'instances' | 'isOver'>;
}

/** The proxy's own pages. The app sends the error responses for errors and unknown paths, in one place. */
export function createPages({
  facts,
  config,
  proxy,
  usage,
  metrics,
  instance,
  now,
  isStopping,
  console,
}: PageOptions): Express {
  const access = pageAccess(config, proxy.authenticator);
  const selfTests = new SelfTests(instance, now);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
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
  app.get('/-/health', (request: Request, response: Response) => {
    response.json({
      status: 'ok',
      version: facts.version,
      commit: facts.commit,
      instance,
      uptime_seconds: Math.round(process.uptime()),
      region: facts.region,
      function: facts.functionName,
      limits: {
        timeout_ms: config.timeoutMs,
        idle_timeout_ms: config.idleTimeoutMs,
        max_body_bytes: config.maxBodyBytes,
        ...platformLimits(request),
      },
    });
  });
  app.get('/-/ready', (_request: Request, response: Response) => {
    if (isStopping()) response.status(503).json({ status: 'stopping' });
    else response.json({ status: 'ready' });
  });
  app.get('/-/egress', async (request: PageRequest, response: Response) => {
    await access.requireToken(request, targetOf(request));
    const reports = config.providers.all
      .filter(({ countries }) => countries !== undefined)
      .map(async (provider) => [provider.name, await proxy.egress.report(provider)] as const);
    response.json(Object.fromEntries(await Promise.all(reports)));
  });
  app.get('/-/selftest/stream', async (request: PageRequest, response: Response) => {
    const role = await access.requireToken(request, targetOf(request));
    selfTests.stream(request, response, role);
  });
  if (config.adminToken !== '') {
    app.get('/-/keys', async (request: Request, response: Response) => {
      await access.requireAdmin(request);
      response.json(proxy.keys.report());
    });
  }
  if (metrics) addMetricsPage(app, { access, config, metrics });
  addUsagePages(app, {
    access,
    config,
    usage,
    limitStates: (token) => proxy.gate.state(token),
    instance,
    now,
  });
  addPageGuard(app, config, access);
  addConsolePages(app, { access, config, proxy, usage, facts, instance, now, ...console });
  app.head('/api/hello', (_request: Request, response: Response) => {
    response.end();
  });
  app.get('/', async (request: PageRequest, response: Response) => {
    const { sendIndexPage } = await import('./index-page/index-page');
    const { stage, provider, token } = targetOf(request);
    sendIndexPage(request, response, {
      requestedLanguage: request.query['lang'],
      baseUrl: publicUrl(request, stage, proxy.front),
      providers: config.providers.all.map(({ name }) => name),
      segment: provider?.name,
      version: facts.version,
      needsToken: !hasNoTokens(config),
      hasPathToken: token !== undefined,
      hasSignIn: !hasNoTokens(config) || config.adminToken !== '',
    });
  });
  app.get('/-/:name', async (request: Request, response: Response, next: NextFunction) => {
    const { name } = request.params;
    if (typeof name !== 'string' || !name.endsWith('.js')) {
      next();
      return;
    }
    const { sendScript } = await import('./index-page/index-page');
    if (!sendScript(request, response, name)) next();
  });
  return app;
}

/** The function's limits, if the platform reports them; the time is what is left of it for a response. */
function platformLimits({ headers }: Request): { function_limit_ms?: number; function_memory_mb?: number } {
  const limitMs = functionLimitMs(headers['x-scf-timeout']);
  const memory = headers['x-scf-memory'];
  return {
    ...(limitMs === undefined ? {} : { function_limit_ms: limitMs }),
    ...(typeof memory === 'string' && /^\d{2,6}$/.test(memory) ? { function_memory_mb: Number(memory) } : {}),
  };
}
