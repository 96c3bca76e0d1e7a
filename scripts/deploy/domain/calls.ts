import type { scf } from 'tencentcloud-sdk-nodejs-scf';
import type {
  CreateCustomDomainRequest,
  GetCustomDomainResponse,
  UpdateCustomDomainRequest,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';

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
export type Attempt = <T>(action: string, call: () => Promise<T>) => Promise<T>;

/** Tencent's client and the two ways in which its calls are made. */
export interface Caller {
  readonly client: InstanceType<typeof scf.v20180416.Client>;
  readonly read: Attempt;
  readonly write: Attempt;
}

export function domainCalls({ client, read, write }: Caller): DomainApi {
  return {
    async getDomain(domain) {
      try {
        return await read('GetCustomDomain', () => client.GetCustomDomain({ Domain: domain }));
      } catch (error) {
        if (codeOf(error) === 'FailedOperation.Domain.UnExist') return undefined;
        throw error;
      }
    },
    createDomain: (request) => write('CreateCustomDomain', () => client.CreateCustomDomain(request)),
    updateDomain: (request) => write('UpdateCustomDomain', () => client.UpdateCustomDomain(request)),
    deleteDomain: (domain) =>
      write('DeleteCustomDomain', () => client.DeleteCustomDomain({ Domain: domain })),
  };
}

/** Tencent's code of a rejected call; '' if there is none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
