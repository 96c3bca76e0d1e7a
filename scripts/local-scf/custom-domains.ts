import type {
  CreateCustomDomainRequest,
  EndpointsConf,
  GetCustomDomainResponse,
  UpdateCustomDomainRequest,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import { ApiError } from './api-error';
import type { Functions, ServerFunction } from './functions';
import { ACCOUNT } from './platform';
import type { Triggers } from './triggers';

export interface CustomDomainsOptions {
  /** What public DNS has as the CNAME of a name; `undefined` for none. Default: no name has one. */
  readonly cnameOf?: (domain: string) => string | undefined;
  /** The certificates of the account's SSL service, and the domain that each covers. Default none. */
  readonly certificates?: Readonly<Record<string, string>>;
}

interface CustomDomain {
  readonly name: string;
  readonly region: string;
  protocol: string;
  endpoints: readonly EndpointsConf[];
  certificateId: string | undefined;
}

/** The account's custom domains. A domain is unique in all regions. */
export class CustomDomains {
  readonly #domains = new Map<string, CustomDomain>();
  readonly #functions: Functions;
  readonly #triggers: Triggers;
  readonly #options: CustomDomainsOptions;

  constructor(functions: Functions, triggers: Triggers, options: CustomDomainsOptions) {
    this.#functions = functions;
    this.#triggers = triggers;
    this.#options = options;
  }

  get(name: string | undefined, region: string): Omit<GetCustomDomainResponse, 'RequestId'> {
    const { protocol, endpoints, certificateId } = this.#find(name, region);
    return {
      Domain: name ?? '',
      Protocol: protocol,
      EndpointsConfig: [...endpoints],
      ...(certificateId === undefined ? {} : { CertConfig: { CertificateId: certificateId } }),
      Tags: [],
    };
  }

  create(request: CreateCustomDomainRequest, region: string): void {
    const { Domain: name, Protocol: protocol, EndpointsConfig: endpoints } = request;
    if (name.includes('*'))
      throw new ApiError('InvalidParameterValue.Domain', 'A wildcard is not supported.');
    if (this.#domains.has(name)) throw new ApiError('ResourceInUse.Domain', `The domain ${name} is in use.`);
    const created: CustomDomain = {
      name,
      region,
      protocol,
      endpoints,
      certificateId: request.CertConfig?.CertificateId,
    };
    this.#check(created);
    this.#domains.set(name, created);
  }

  update(request: UpdateCustomDomainRequest, region: string): void {
    const there = this.#find(request.Domain, region);
    const changed: CustomDomain = {
      ...there,
      protocol: request.Protocol ?? there.protocol,
      endpoints: request.EndpointsConfig ?? there.endpoints,
      certificateId: request.CertConfig?.CertificateId ?? there.certificateId,
    };
    this.#check(changed);
    this.#domains.set(changed.name, changed);
  }

  delete(name: string | undefined, region: string): void {
    this.#domains.delete(this.#find(name, region).name);
  }

  /** Rejects the removal of a URL that a domain leads to. */
  checkUnused({ name, region }: ServerFunction): void {
    for (const domain of this.#domains.values()) {
      if (domain.region === region && domain.endpoints.some(({ FunctionName }) => FunctionName === name))
        throw new ApiError('FailedOperation.DeleteTrigger.UrlUsed', `The URL is used by ${domain.name}.`);
    }
  }

  /** Where a request for a host goes: the address of the function's URL; `undefined` for an unknown host. */
  addressOf(host: string): string | undefined {
    const domain = this.#domains.get(host);
    const endpoint = domain?.endpoints[0];
    if (!domain || !endpoint) return undefined;
    return this.#triggers.addressOf(
      this.#functions.get(endpoint.FunctionName, domain.region),
      endpoint.Qualifier,
    );
  }

  #find(name: string | undefined, region: string): CustomDomain {
    const found = this.#domains.get(name ?? '');
    if (found?.region !== region)
      throw new ApiError('FailedOperation.Domain.UnExist', `The domain ${name ?? ''} does not exist.`);
    return found;
  }

  #check({ name, region, protocol, endpoints, certificateId }: CustomDomain): void {
    for (const { FunctionName, Qualifier } of endpoints) {
      if (this.#triggers.addressOf(this.#functions.get(FunctionName, region), Qualifier) === undefined)
        throw new ApiError(
          'ResourceNotFound.Trigger',
          `${FunctionName} has no Function URL for ${Qualifier}.`,
        );
    }
    const target = `${ACCOUNT.appId}.${region}.tencentscf.com`;
    if (this.#options.cnameOf?.(name) !== target)
      throw new ApiError('FailedOperation.CNAME', `The CNAME of ${name} is not ${target}.`);
    if (protocol !== 'HTTP' && this.#options.certificates?.[certificateId ?? ''] !== name)
      throw new ApiError('FailedOperation.Ssl', `The certificate of ${name} is not valid.`);
  }
}
