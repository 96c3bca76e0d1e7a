import { consolePage, type Site } from '../console';
import type { FunctionSettings } from '../serverless-file';
import type { CreateCustomDomainRequest, GetCustomDomainResponse } from './calls';
import type { DomainSettings } from './settings';

/** The one call that brings a domain to the described state, and what it does in words. */
export interface DomainStep {
  readonly kind: 'create' | 'update';
  readonly line: string;
  readonly request: CreateCustomDomainRequest;
}

/** What to do about a domain: nothing, one step, or nothing because it is in other use. */
export type DomainPlan = { readonly step?: DomainStep } | { readonly conflict: string };

/** Compares the described domain with the current one. */
export function planDomain(
  wanted: DomainSettings,
  { settings, site }: { readonly settings: FunctionSettings; readonly site: Site | undefined },
  there: GetCustomDomainResponse | undefined,
): DomainPlan {
  const { domain, certificateId, protocol } = wanted;
  const request: CreateCustomDomainRequest = {
    Domain: domain,
    Protocol: protocol,
    EndpointsConfig: [
      {
        Namespace: 'default',
        FunctionName: settings.name,
        Qualifier: settings.trigger.qualifier,
        PathMatch: '/*',
      },
    ],
    CertConfig: { CertificateId: certificateId },
  };
  if (!there) {
    return { step: { kind: 'create', line: `create the custom domain ${domain}`, request } };
  }
  const other = foreignFunction(there, settings);
  if (other !== undefined) {
    return {
      conflict: `The custom domain ${domain} leads to the function ${other}. Delete it there, at ${consolePage('/scf', site)}, or set another inputs.customDomain.domain.`,
    };
  }
  const changes = [
    there.Protocol === protocol ? undefined : `protocol ${there.Protocol ?? 'unknown'} → ${protocol}`,
    there.CertConfig?.CertificateId === certificateId ? undefined : 'another certificate',
    leadsAsWanted(there, settings) ? undefined : `every path leads to ${settings.name}`,
  ].filter((line) => line !== undefined);
  return changes.length === 0
    ? {}
    : {
        step: { kind: 'update', line: `change the custom domain ${domain}: ${changes.join(', ')}`, request },
      };
}

/** Another function that the domain leads to, which a change or a removal would cut off. */
export function foreignFunction(
  { EndpointsConfig }: GetCustomDomainResponse,
  { name }: Pick<FunctionSettings, 'name'>,
): string | undefined {
  return EndpointsConfig?.find(
    ({ FunctionName, Namespace }) => FunctionName !== name || Namespace !== 'default',
  )?.FunctionName;
}

function leadsAsWanted(
  { EndpointsConfig }: GetCustomDomainResponse,
  { trigger }: Pick<FunctionSettings, 'trigger'>,
): boolean {
  const [endpoint, ...more] = EndpointsConfig ?? [];
  return more.length === 0 && endpoint?.Qualifier === trigger.qualifier && endpoint.PathMatch === '/*';
}
