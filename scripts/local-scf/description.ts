import type {
  GetFunctionResponse,
  Trigger,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import { eipOf } from './configuration';
import type { ServerFunction } from './functions';
import { topicOf } from './logs';

/** A response as it is on the wire: the SDK's comments say that fields may be null, its types do not. */
export type Nullable<Response> = { [Name in keyof Response]: Response[Name] | null };

/** A function as GetFunction reports it. */
export function describe(
  target: ServerFunction,
  triggers: Trigger[],
): Nullable<Omit<GetFunctionResponse, 'RequestId'>> {
  const { configuration, failure } = target;
  return {
    FunctionId: `lam-${target.name}`,
    FunctionName: target.name,
    FunctionVersion: '$LATEST',
    Qualifier: '$LATEST',
    Namespace: 'default',
    Type: 'HTTP',
    Runtime: target.runtime,
    Handler: '',
    Status: target.status,
    StatusDesc: '',
    StatusReasons:
      failure === undefined ? [] : [{ ErrorCode: 'FailedOperation.CreateFunction', ErrorMessage: failure }],
    AvailableStatus: 'Available',
    AddTime: target.addTime,
    ModTime: target.modTime,
    CodeInfo: '',
    CodeSize: target.code.zip.length,
    CodeResult: '',
    CodeError: '',
    ErrNo: 0,
    Description: configuration.description,
    MemorySize: configuration.memoryMb,
    Timeout: configuration.timeoutS,
    InitTimeout: configuration.initTimeoutS,
    Role: configuration.role,
    Environment: { Variables: [...configuration.variables] },
    PublicNetConfig: {
      PublicNetStatus: configuration.publicNet.PublicNetStatus,
      EipConfig: eipOf(configuration),
    },
    EipConfig: {
      EipFixed: eipOf(configuration).EipStatus === 'ENABLE' ? 'TRUE' : 'FALSE',
      Eips: eipOf(configuration).EipAddress,
    },
    ClsLogsetId: configuration.logs ? `logset-${target.region}` : '',
    ClsTopicId: configuration.logs ? topicOf(target.region) : '',
    InstallDependency: 'FALSE',
    Tags: [],
    Layers: [],
    Triggers: triggers,
    ProtocolType: target.protocolType,
    ProtocolParams: configuration.protocolParams,
    InstanceConcurrencyConfig: configuration.concurrency,
  };
}

/** The platform writes times in China's zone. */
export function timestamp(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}
