import type {
  Code,
  Environment,
  InstanceConcurrencyConfig,
  ProtocolParams,
  PublicNetConfigIn,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import type { ActionName, Actions } from './actions';

/** The type of a parameter. Lists contain only texts; `unsupported` is known to SCF but not to this fake. */
type Kind<Value> =
  | 'unsupported'
  | (Value extends string
      ? 'string' | readonly string[]
      : Value extends number
        ? 'integer'
        : Value extends boolean
          ? 'boolean'
          : Value extends readonly (infer Item)[]
            ? { readonly each: Kind<Item> }
            : { readonly fields: Fields<Value> });
type Fields<Request> = { readonly [Name in keyof Request]-?: Kind<NonNullable<Request[Name]>> };
type RequiredName<Request> = {
  [Name in keyof Request]-?: object extends Pick<Request, Name> ? never : Name;
}[keyof Request];

function unsupported<Name extends string>(...names: Name[]): Readonly<Record<Name, 'unsupported'>> {
  // The type of Object.fromEntries does not keep the names.
  return Object.fromEntries(names.map((name) => [name, 'unsupported'])) as Record<Name, 'unsupported'>;
}

const NAMESPACE = ['default'] as const;
const SWITCH = ['ENABLE', 'DISABLE'] as const;
const PUBLIC_NET: { fields: Fields<PublicNetConfigIn> } = {
  fields: { PublicNetStatus: SWITCH, EipConfig: { fields: { EipStatus: SWITCH } } },
};
const ENVIRONMENT: { fields: Fields<Environment> } = {
  fields: { Variables: { each: { fields: { Key: 'string', Value: 'string' } } } },
};
const CONCURRENCY: { fields: Fields<InstanceConcurrencyConfig> } = {
  fields: {
    DynamicEnabled: ['FALSE', ''],
    MaxConcurrency: 'integer',
    ...unsupported('InstanceIsolationEnabled', 'Type', 'MixNodeConfig', 'SessionConfig'),
  },
};
const PROTOCOL: { fields: Fields<ProtocolParams> } = {
  fields: { WSParams: { fields: { IdleTimeOut: 'integer' } } },
};
const CONFIGURATION = {
  FunctionName: 'string',
  Namespace: NAMESPACE,
  Description: 'string',
  MemorySize: 'integer',
  Timeout: 'integer',
  InitTimeout: 'integer',
  Runtime: 'string',
  Environment: ENVIRONMENT,
  Role: 'string',
  InstallDependency: ['FALSE'],
  PublicNetConfig: PUBLIC_NET,
  ProtocolParams: PROTOCOL,
  InstanceConcurrencyConfig: CONCURRENCY,
  ClsLogsetId: [''],
  ClsTopicId: [''],
  ...unsupported('VpcConfig', 'Layers', 'DeadLetterConfig', 'CfsConfig'),
  ...unsupported('DnsCache', 'IntranetConfig'),
} as const;
const CODE: { fields: Fields<Code> } = {
  fields: {
    ZipFile: 'string',
    ...unsupported('CosBucketName', 'CosObjectName', 'CosBucketRegion', 'DemoId', 'TempCosObjectName'),
    ...unsupported('GitUrl', 'GitUserName', 'GitPassword', 'GitPasswordSecret', 'GitBranch'),
    ...unsupported('GitDirectory', 'GitCommitId', 'GitUserNameSecret', 'ImageConfig'),
  },
};
const TRIGGER = {
  FunctionName: 'string',
  TriggerName: 'string',
  Type: ['http'],
  TriggerDesc: 'string',
  Namespace: NAMESPACE,
  Qualifier: ['$DEFAULT', '$LATEST'],
} as const;

export const PARAMETERS: { readonly [Name in ActionName]: Fields<Actions[Name]['request']> } = {
  CreateFunction: {
    ...CONFIGURATION,
    Code: CODE,
    Type: ['HTTP', 'Event'],
    CodeSource: ['ZipFile'],
    ProtocolType: ['WS'],
    Handler: 'string',
    ...unsupported('Tags', 'AsyncRunEnable', 'TraceEnable', 'AutoDeployClsTopicIndex', 'AutoCreateClsTopic'),
  },
  GetFunction: { FunctionName: 'string', Namespace: NAMESPACE, Qualifier: 'string', ShowCode: 'string' },
  GetFunctionAddress: { FunctionName: 'string', Namespace: NAMESPACE, Qualifier: 'string' },
  UpdateFunctionCode: {
    FunctionName: 'string',
    Namespace: NAMESPACE,
    ZipFile: 'string',
    Code: CODE,
    CodeSource: ['ZipFile'],
    Publish: ['FALSE'],
    InstallDependency: ['FALSE'],
    Handler: 'string',
    ...unsupported('CosBucketName', 'CosObjectName', 'CosBucketRegion', 'EnvId'),
  },
  UpdateFunctionConfiguration: {
    ...CONFIGURATION,
    Publish: ['FALSE'],
    ...unsupported('L5Enable', 'IgnoreSysLog'),
  },
  DeleteFunction: { FunctionName: 'string', Namespace: NAMESPACE, Qualifier: 'unsupported' },
  ListTriggers: {
    FunctionName: 'string',
    Namespace: NAMESPACE,
    Offset: 'integer',
    Limit: 'integer',
    ...unsupported('OrderBy', 'Order', 'Filters'),
  },
  CreateTrigger: {
    ...TRIGGER,
    Enable: ['OPEN', 'CLOSE'],
    CustomArgument: 'unsupported',
    Description: 'string',
  },
  UpdateTrigger: {
    ...TRIGGER,
    Enable: ['OPEN', 'CLOSE'],
    CustomArgument: 'unsupported',
    Description: 'string',
  },
  DeleteTrigger: TRIGGER,
  SearchLog: {
    TopicId: 'string',
    From: 'integer',
    To: 'integer',
    Query: 'string',
    SyntaxRule: 'integer',
    Sort: ['asc', 'desc'],
    Limit: 'integer',
    Context: 'string',
  },
};

export const REQUIRED: { readonly [Name in ActionName]: readonly RequiredName<Actions[Name]['request']>[] } =
  {
    CreateFunction: ['FunctionName', 'Code'],
    GetFunction: [],
    GetFunctionAddress: ['FunctionName'],
    UpdateFunctionCode: ['FunctionName'],
    UpdateFunctionConfiguration: ['FunctionName'],
    DeleteFunction: ['FunctionName'],
    ListTriggers: ['FunctionName'],
    CreateTrigger: ['FunctionName', 'TriggerName', 'Type'],
    UpdateTrigger: ['FunctionName', 'TriggerName', 'Type'],
    DeleteTrigger: ['FunctionName', 'TriggerName', 'Type'],
    SearchLog: ['TopicId', 'From', 'To', 'Query'],
  };
