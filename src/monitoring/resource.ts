import type { Config } from '../config/read-config';
import type { Attributes } from './json';

const NAME = 'scf-llm-proxy';

export interface ServiceFacts {
  readonly version: string;
  /** The commit that the bundle was built from, or `unknown`. */
  readonly commit: string;
  /** The platform's region and function name; null elsewhere. */
  readonly region: string | null;
  readonly functionName: string | null;
}

/**
 * What spans and metrics are of: https://opentelemetry.io/docs/specs/semconv/resource/. What the operator says outweighs what
 * is known, and OTEL_SERVICE_NAME the attribute.
 */
export function resourceOf(
  { otelServiceName, otelResourceAttributes }: Pick<Config, 'otelServiceName' | 'otelResourceAttributes'>,
  { version, region, functionName }: ServiceFacts,
  instance: string,
): Attributes {
  return {
    'service.name': functionName ?? NAME,
    'service.version': version,
    'service.instance.id': instance,
    ...(functionName === null
      ? {}
      : {
          'cloud.provider': 'tencent_cloud',
          'cloud.platform': 'tencent_cloud_scf',
          'cloud.region': region ?? undefined,
          'faas.name': functionName,
          'faas.instance': instance,
        }),
    ...Object.fromEntries(otelResourceAttributes),
    ...(otelServiceName === '' ? {} : { 'service.name': otelServiceName }),
  };
}
