import type {
  GetFunctionResponse,
  Trigger,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import { eipOf } from './configuration';
import type { ServerFunction } from './functions';
import { topicOf } from './logs';

/** A function as GetFunction reports it. */
export function describe(
  target: ServerFunction,
  triggers: Trigger[],
): Omit<GetFunctionResponse, 'RequestId'> {
  const { configuration } = target;
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
    StatusReasons: [],
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
    // According to the SDK's comment these are null if there is nothing; according to its types they are absent.
    ...(target.protocolType === null ? {} : { ProtocolType: target.protocolType }),
    ...(configuration.protocolParams === null ? {} : { ProtocolParams: configuration.protocolParams }),
    ...(configuration.concurrency === null ? {} : { InstanceConcurrencyConfig: configuration.concurrency }),
  };
}

/** The platform writes times in China's zone. */
export function timestamp(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}
