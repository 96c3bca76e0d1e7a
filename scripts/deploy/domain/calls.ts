import type { scf } from 'tencentcloud-sdk-nodejs-scf';
import type {
  CreateCustomDomainRequest,
  GetCustomDomainResponse,
  UpdateCustomDomainRequest,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import { errorCode } from '../../../src/errors/node-errors';
import type { ScfAction } from '../scf-actions';

export type { CreateCustomDomainRequest, GetCustomDomainResponse, UpdateCustomDomainRequest };

/** The calls of Tencent's API that concern a custom domain. */
export interface DomainApi {
  /** `undefined` if SCF does not know the domain. */
  getDomain(domain: string): Promise<GetCustomDomainResponse | undefined>;
  createDomain(request: CreateCustomDomainRequest): Promise<unknown>;
  updateDomain(request: UpdateCustomDomainRequest): Promise<unknown>;
  deleteDomain(domain: string): Promise<unknown>;
}

/** Makes one call, again if that is safe; rejects with an error that has Tencent's code. */
export type Attempt = <T>(action: ScfAction, once: () => Promise<T>) => Promise<T>;

/** Tencent's client, and how its calls are made. */
export interface ApiClient {
  readonly client: InstanceType<typeof scf.v20180416.Client>;
  readonly call: Attempt;
}

export function domainCalls({ client, call }: ApiClient): DomainApi {
  return {
    async getDomain(domain) {
      try {
        return await call('GetCustomDomain', () => client.GetCustomDomain({ Domain: domain }));
      } catch (error) {
        if (errorCode(error) === 'FailedOperation.Domain.UnExist') return undefined;
        throw error;
      }
    },
    createDomain: (request) => call('CreateCustomDomain', () => client.CreateCustomDomain(request)),
    updateDomain: (request) => call('UpdateCustomDomain', () => client.UpdateCustomDomain(request)),
    deleteDomain: (domain) => call('DeleteCustomDomain', () => client.DeleteCustomDomain({ Domain: domain })),
  };
}
