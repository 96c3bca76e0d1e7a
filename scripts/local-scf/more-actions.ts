import type {
  CreateCustomDomainRequest,
  CreateCustomDomainResponse,
  DeleteCustomDomainRequest,
  DeleteCustomDomainResponse,
  GetAliasRequest,
  GetAliasResponse,
  GetCustomDomainRequest,
  GetCustomDomainResponse,
  ListVersionByFunctionRequest,
  ListVersionByFunctionResponse,
  PublishVersionRequest,
  PublishVersionResponse,
  UpdateAliasRequest,
  UpdateAliasResponse,
  UpdateCustomDomainRequest,
  UpdateCustomDomainResponse,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import type { Handlers } from './api';
import type { CustomDomains } from './custom-domains';
import type { Functions } from './functions';
import type { Fields, RequiredName } from './parameters';
import { describeAlias, listVersions, publish, updateAlias } from './versions';

/** The actions for custom domains and versions, in the SDK's own types. */
export interface MoreActions {
  GetCustomDomain: { request: GetCustomDomainRequest; response: GetCustomDomainResponse };
  CreateCustomDomain: { request: CreateCustomDomainRequest; response: CreateCustomDomainResponse };
  UpdateCustomDomain: { request: UpdateCustomDomainRequest; response: UpdateCustomDomainResponse };
  DeleteCustomDomain: { request: DeleteCustomDomainRequest; response: DeleteCustomDomainResponse };
  PublishVersion: { request: PublishVersionRequest; response: PublishVersionResponse };
  ListVersionByFunction: { request: ListVersionByFunctionRequest; response: ListVersionByFunctionResponse };
  GetAlias: { request: GetAliasRequest; response: GetAliasResponse };
  UpdateAlias: { request: UpdateAliasRequest; response: UpdateAliasResponse };
}

const DOMAIN = {
  Domain: 'string',
  Protocol: ['HTTP', 'HTTPS', 'HTTP&HTTPS'],
  EndpointsConfig: {
    each: {
      fields: {
        Namespace: ['default'],
        FunctionName: 'string',
        Qualifier: 'string',
        PathMatch: ['/*'],
        PathRewrite: 'unsupported',
      },
    },
  },
  CertConfig: { fields: { CertificateId: 'string' } },
  WafConfig: 'unsupported',
} as const;
const ALIAS = { FunctionName: 'string', Name: ['$DEFAULT'], Namespace: ['default'] } as const;

export const MORE_PARAMETERS: { readonly [Name in keyof MoreActions]: Fields<MoreActions[Name]['request']> } =
  {
    GetCustomDomain: { Domain: 'string' },
    CreateCustomDomain: { ...DOMAIN, Tags: 'unsupported' },
    UpdateCustomDomain: DOMAIN,
    DeleteCustomDomain: { Domain: 'string' },
    PublishVersion: { FunctionName: 'string', Description: 'string', Namespace: ['default'] },
    ListVersionByFunction: {
      FunctionName: 'string',
      Namespace: ['default'],
      Offset: 'integer',
      Limit: 'integer',
      Order: 'unsupported',
      OrderBy: 'unsupported',
    },
    GetAlias: ALIAS,
    UpdateAlias: {
      ...ALIAS,
      FunctionVersion: 'string',
      RoutingConfig: {
        fields: {
          AdditionalVersionWeights: { each: { fields: { Version: 'string', Weight: 'number' } } },
          AddtionVersionMatchs: 'unsupported',
        },
      },
      Description: 'string',
    },
  };

export const MORE_REQUIRED: {
  readonly [Name in keyof MoreActions]: readonly RequiredName<MoreActions[Name]['request']>[];
} = {
  GetCustomDomain: [],
  CreateCustomDomain: ['Domain', 'Protocol', 'EndpointsConfig'],
  UpdateCustomDomain: ['Domain'],
  DeleteCustomDomain: [],
  PublishVersion: ['FunctionName'],
  ListVersionByFunction: ['FunctionName'],
  GetAlias: ['FunctionName', 'Name'],
  UpdateAlias: ['FunctionName', 'Name', 'FunctionVersion'],
};

export function moreHandlers(
  functions: Functions,
  domains: CustomDomains,
): Pick<Handlers, keyof MoreActions> {
  return {
    GetCustomDomain: ({ Domain }, region) => domains.get(Domain, region),
    CreateCustomDomain(request, region) {
      domains.create(request, region);
      return {};
    },
    UpdateCustomDomain(request, region) {
      domains.update(request, region);
      return {};
    },
    DeleteCustomDomain({ Domain }, region) {
      domains.delete(Domain, region);
      return {};
    },
    PublishVersion(request, region) {
      const target = functions.idle(request.FunctionName, region);
      return { FunctionVersion: publish(functions, target, request), Namespace: 'default' };
    },
    ListVersionByFunction: ({ FunctionName, Offset, Limit }, region) =>
      listVersions(functions.get(FunctionName, region), Offset, Limit),
    GetAlias: ({ FunctionName }, region) => describeAlias(functions.get(FunctionName, region)),
    UpdateAlias(request, region) {
      updateAlias(functions.idle(request.FunctionName, region), request);
      return {};
    },
  };
}
