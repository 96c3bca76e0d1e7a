import type {
  CreateFunctionRequest,
  EipConfigOut,
  InstanceConcurrencyConfig,
  ProtocolParams,
  PublicNetConfigIn,
  UpdateFunctionConfigurationRequest,
  Variable,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import { ApiError } from './api-error';

/** The configuration of a function that can be changed, without its code. */
export interface Configuration {
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutS: number;
  readonly initTimeoutS: number;
  readonly role: string;
  readonly variables: readonly Required<Variable>[];
  readonly publicNet: PublicNetConfigIn;
  readonly concurrency: InstanceConcurrencyConfig | null;
  readonly protocolParams: ProtocolParams | null;
  /** Whether what the function writes goes to the topic that SCF makes by itself. */
  readonly logs: boolean;
}

const DEFAULTS: Configuration = {
  description: '',
  memoryMb: 128,
  timeoutS: 3,
  initTimeoutS: 65,
  role: '',
  variables: [],
  publicNet: { PublicNetStatus: 'ENABLE', EipConfig: { EipStatus: 'DISABLE' } },
  concurrency: null,
  protocolParams: null,
  logs: true,
};

const MAX_VARIABLES_BYTES = 4096;
const RESERVED_PREFIX = /^(SCF_|QCLOUD_|TENCENTCLOUD_)/;
const EGRESS_ADDRESSES = ['203.0.113.10'];

/** What a request omits stays unchanged. */
export function configure(
  request: Omit<CreateFunctionRequest, 'Code'> | UpdateFunctionConfigurationRequest,
  previous: Configuration = DEFAULTS,
): Configuration {
  const configuration: Configuration = {
    description: request.Description ?? previous.description,
    memoryMb: request.MemorySize ?? previous.memoryMb,
    timeoutS: request.Timeout ?? previous.timeoutS,
    initTimeoutS: request.InitTimeout ?? previous.initTimeoutS,
    role: request.Role ?? previous.role,
    variables: request.Environment ? variablesOf(request.Environment.Variables ?? []) : previous.variables,
    publicNet: { ...previous.publicNet, ...request.PublicNetConfig },
    concurrency: concurrencyOf(request.InstanceConcurrencyConfig, previous.concurrency),
    protocolParams: request.ProtocolParams ?? previous.protocolParams,
    logs: request.ClsTopicId === undefined ? previous.logs : request.ClsTopicId !== '',
  };
  const { memoryMb, timeoutS, initTimeoutS, publicNet } = configuration;
  if (memoryMb !== 64 && !(memoryMb >= 128 && memoryMb <= 3072 && memoryMb % 128 === 0)) {
    throw new ApiError(
      'InvalidParameterValue.Memory',
      `MemorySize ${memoryMb} is not 64 or 128–3072 by 128.`,
    );
  }
  if (timeoutS < 1 || timeoutS > 900) {
    throw new ApiError('InvalidParameterValue.Timeout', `Timeout ${timeoutS} is not in 1–900.`);
  }
  if (initTimeoutS < 3 || initTimeoutS > 300) {
    throw new ApiError('InvalidParameterValue.InitTimeout', `InitTimeout ${initTimeoutS} is not in 3–300.`);
  }
  if (publicNet.PublicNetStatus === 'DISABLE' && publicNet.EipConfig?.EipStatus === 'ENABLE') {
    throw new ApiError('InvalidParameterValue.PublicNetConfig', 'A fixed address needs public access.');
  }
  return configuration;
}

function variablesOf(variables: readonly Variable[]): Required<Variable>[] {
  const names = new Set<string>();
  let bytes = 0;
  const checked = variables.map(({ Key = '', Value = '' }) => {
    if (Value === '' || !/^[A-Za-z][A-Za-z0-9_]+$/.test(Key) || names.has(Key)) {
      throw new ApiError(
        'InvalidParameterValue.EnvironmentContentError',
        `The environment variable "${Key}" is misnamed, empty or there twice.`,
      );
    }
    if (RESERVED_PREFIX.test(Key)) {
      throw new ApiError(
        'InvalidParameterValue.EnvironmentSystemProtect',
        `The environment variable "${Key}" has a reserved name.`,
      );
    }
    names.add(Key);
    bytes += Buffer.byteLength(Key) + Buffer.byteLength(Value);
    return { Key, Value };
  });
  if (bytes > MAX_VARIABLES_BYTES) {
    throw new ApiError(
      'InvalidParameterValue.EnvironmentExceededLimit',
      `The environment is ${bytes} bytes, over ${MAX_VARIABLES_BYTES}.`,
    );
  }
  return checked;
}

function concurrencyOf(
  asked: InstanceConcurrencyConfig | undefined,
  previous: InstanceConcurrencyConfig | null,
): InstanceConcurrencyConfig | null {
  if (!asked) return previous;
  if (asked.DynamicEnabled === '') return null; // the SDK: an empty text turns multi-concurrency off
  const { MaxConcurrency = 0 } = asked;
  if (MaxConcurrency < 1 || MaxConcurrency > 100) {
    throw new ApiError(
      'InvalidParameterValue.InstanceConcurrencyConfig',
      `MaxConcurrency ${MaxConcurrency} is not in 1–100.`,
    );
  }
  return asked;
}

/** The fixed egress address, as GetFunction reports it. */
export function eipOf({ publicNet }: Configuration): Required<EipConfigOut> {
  const EipStatus = publicNet.EipConfig?.EipStatus ?? 'DISABLE';
  return { EipStatus, EipAddress: EipStatus === 'ENABLE' ? EGRESS_ADDRESSES : [] };
}
