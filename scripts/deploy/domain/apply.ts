import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../../src/config/effective-value';
import { errorCode } from '../../../src/errors/node-errors';
import { consolePage, type Site } from '../console';
import { DeployError } from '../deploy-error';
import { withRemedy } from '../failures';
import type { FunctionSettings } from '../serverless-file';
import type { SmokeTestOptions } from '../smoke-test';
import type { Terminal } from '../terminal';
import type { DomainApi } from './calls';
import { announceRecord, appIdFrom, targetOf, type DnsRecord, type ResolveCname } from './dns-record';
import { foreignFunction, planDomain, type DomainPlan, type DomainStep } from './plan';
import type { DomainSettings } from './settings';

/** What the wait for DNS needs from the machine; tests have a DNS and a clock of their own. */
export interface DomainEffects {
  readonly resolveCname?: ResolveCname;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
  /** How the domain is called after the deployment. */
  readonly get?: SmokeTestOptions['get'];
}

const DOMAIN_EFFECTS: DomainEffects = { nowMs: () => performance.now(), pause: (ms) => sleep(ms) };

/** A domain, the function that it leads to, and what is needed to change it. */
export interface DomainDeployment {
  readonly domain: DomainSettings;
  readonly settings: FunctionSettings;
  readonly api: DomainApi;
  readonly terminal: Terminal;
  /** Which of Tencent's sites the account belongs to; `undefined` if that is not known. */
  readonly site: Site | undefined;
  readonly effects: DomainEffects;
  /** See `DnsRecord`. */
  readonly appId: string | undefined;
}

const CNAME_PAUSE_MS = 5_000;
const CNAME_LIMIT_MS = 600_000;
const MINUTE_MS = 60_000;

/** What serverless.yml says about a domain, or `undefined` if it says nothing. */
export function domainDeployment(
  place: Pick<DomainDeployment, 'settings' | 'api' | 'terminal' | 'site'>,
  {
    environment,
    domainEffects = DOMAIN_EFFECTS,
  }: { readonly environment: Environment; readonly domainEffects?: DomainEffects },
): DomainDeployment | undefined {
  const domain = place.settings.customDomain;
  if (!domain) return undefined;
  const appId = appIdFrom(environment['TENCENT_APP_ID'], undefined);
  const { settings, api, terminal, site } = place;
  return { settings, api, terminal, site, domain, effects: domainEffects, appId };
}

/** Prints the DNS record that is missing. */
export function announce(deployment: DomainDeployment): Promise<void> {
  const { terminal, site, effects } = deployment;
  return announceRecord(recordOf(deployment), { terminal, site, resolve: effects.resolveCname });
}

/** The step that would bring the domain to the described state. @throws DeployError if it is in other use */
export async function domainStepOf(deployment: DomainDeployment): Promise<DomainStep | undefined> {
  const { domain, settings, api, site } = deployment;
  const there = await withRemedy('read the custom domain', deployment, () => api.getDomain(domain.domain));
  const plan: DomainPlan = planDomain(domain, { settings, site }, there);
  if ('conflict' in plan) throw new DeployError([plan.conflict]);
  return plan.step;
}

/**
 * Creates or updates the domain, and waits for its DNS record if it is not there yet.
 * @returns what was changed, in words
 */
export async function applyDomain(deployment: DomainDeployment): Promise<string | undefined> {
  const { api, terminal } = deployment;
  const step = await domainStepOf(deployment);
  if (!step) return undefined;
  terminal.say(`- ${step.line}`);
  const call = () =>
    step.kind === 'create' ? api.createDomain(step.request) : api.updateDomain(step.request);
  await withRemedy(step.line, deployment, () => untilDnsShowsIt(deployment, call));
  return step.line;
}

/**
 * Deletes the domain, without which SCF does not delete the function's URL.
 * @returns whether it was there and led to this function
 */
export async function removeDomain(deployment: DomainDeployment): Promise<boolean> {
  const { api, domain, settings, terminal } = deployment;
  return withRemedy(`remove the custom domain ${domain.domain}`, deployment, async () => {
    const there = await api.getDomain(domain.domain);
    if (!there) return false;
    const other = foreignFunction(there, settings);
    if (other !== undefined) {
      terminal.say(
        `The custom domain ${domain.domain} leads to the function ${other}, and is left as it is.`,
      );
      return false;
    }
    await api.deleteDomain(domain.domain);
    return true;
  });
}

/** SCF rejects a domain until DNS shows its record, and says so by a code. */
async function untilDnsShowsIt(deployment: DomainDeployment, call: () => Promise<unknown>): Promise<void> {
  const { domain, site, terminal, effects } = deployment;
  const record = `${domain.domain} CNAME ${targetOf(recordOf(deployment))}`;
  const startedMs = effects.nowMs();
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      if (errorCode(error) === 'FailedOperation.Ssl')
        throw new DeployError([certificateProblem(domain, site)], { cause: error });
      if (errorCode(error) !== 'FailedOperation.CNAME') throw error;
      const waitedMs = effects.nowMs() - startedMs;
      if (waitedMs + CNAME_PAUSE_MS > CNAME_LIMIT_MS) {
        throw new DeployError(
          [
            `SCF still does not see the DNS record ${record} after ${CNAME_LIMIT_MS / MINUTE_MS} minutes. The function is deployed and its public URL works. Add the record, or wait until it has spread, and deploy again.`,
          ],
          { cause: error },
        );
      }
      terminal.progress(
        `waiting for the DNS record ${record} (minute ${Math.floor(waitedMs / MINUTE_MS) + 1} of ${CNAME_LIMIT_MS / MINUTE_MS})`,
      );
      await effects.pause(CNAME_PAUSE_MS);
    }
  }
}

function certificateProblem({ domain }: DomainSettings, site: Site | undefined): string {
  return `SCF does not accept the certificate of ${domain} (FailedOperation.Ssl). Check at ${consolePage('/ssl', site)} that inputs.customDomain.certificateId is issued, has not expired and covers ${domain}, and deploy again.`;
}

function recordOf({
  domain,
  settings,
  appId,
}: Pick<DomainDeployment, 'domain' | 'settings' | 'appId'>): DnsRecord {
  return { domain: domain.domain, region: settings.region, appId };
}
