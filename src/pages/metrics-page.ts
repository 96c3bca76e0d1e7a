import type { Express, Request, Response } from 'express';
import type { Config } from '../config/read-config';
import { PROMETHEUS_TYPE } from '../metrics/prometheus-text';
import type { PageAccess } from './admin-auth';

/** Where the page finds what is counted. */
export interface MetricsSource {
  readonly prometheusText: () => Promise<string>;
}

export interface MetricsPageOptions {
  readonly access: Pick<PageAccess, 'requireMetrics'>;
  readonly config: Pick<Config, 'adminToken' | 'metricsToken'>;
  readonly metrics: MetricsSource;
}

/** `/-/metrics`, for a Prometheus; without an admin token and a metrics token there is nobody who may see it. */
export function addMetricsPage(app: Express, { access, config, metrics }: MetricsPageOptions): void {
  if (config.adminToken === '' && config.metricsToken === '') return;
  app.get('/-/metrics', async (request: Request, response: Response) => {
    await access.requireMetrics(request);
    response.set('Content-Type', PROMETHEUS_TYPE).send(Buffer.from(await metrics.prometheusText()));
  });
}
