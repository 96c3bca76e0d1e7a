import { scf } from 'tencentcloud-sdk-nodejs-scf';
import type {
  CreateFunctionRequest,
  CreateTriggerRequest,
  GetFunctionResponse,
  TriggerInfo,
  UpdateFunctionConfigurationRequest,
  UpdateTriggerRequest,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import { clientProfile, endpointOf, type Connection } from './connection';
import { domainCalls, type DomainApi } from './domain/calls';
import { repeated } from './repeat';
import { SCF_ACTIONS, type ScfAction } from './scf-actions';
import { ScfError } from './scf-error';
import { versionCalls, type VersionsApi } from './versions/calls';

export { ScfError };

export type {
  CreateFunctionRequest,
  CreateTriggerRequest,
  GetFunctionResponse,
  TriggerInfo,
  UpdateFunctionConfigurationRequest,
  UpdateTriggerRequest,
};

/** The calls of Tencent's API that a deployment makes. */
export interface ScfApi {
  /**
   * `undefined` if there is no function of this name.
   * @param isBeingDeleted whether a missing namespace means that a deletion goes on, not that nothing was ever created
   */
  getFunction(name: string, isBeingDeleted?: boolean): Promise<GetFunctionResponse | undefined>;
  /** As SCF reports it: in hex or in Base64. */
  codeSha256(name: string): Promise<string | undefined>;
  listTriggers(name: string): Promise<readonly TriggerInfo[]>;
  createFunction(request: CreateFunctionRequest): Promise<unknown>;
  updateCode(name: string, zipBase64: string): Promise<unknown>;
  updateConfiguration(request: UpdateFunctionConfigurationRequest): Promise<unknown>;
  createTrigger(request: CreateTriggerRequest): Promise<unknown>;
  updateTrigger(request: UpdateTriggerRequest): Promise<unknown>;
  deleteFunction(name: string): Promise<unknown>;
}

const MAX_TRIGGERS = 100;
const GONE = /^ResourceNotFound(?:\.Function(?:Name)?)?$/;
/** Reported of a function while it is deleted, once its state is no longer reported. */
const VERSION_GONE = /^ResourceNotFound\.(?:Function)?Version$/;
/** Also reported then; and of an account that never had a function. */
const NAMESPACE_GONE = 'ResourceNotFound.Namespace';
/** The upload takes long over a slow connection. */
const CALL_TIMEOUT_SECONDS = 180;

/** Tencent's own client, over TLS that is verified. */
export function createScfApi(
  connection: Connection,
  region: string,
  pauseMs = 500,
): ScfApi & DomainApi & VersionsApi {
  const client = new scf.v20180416.Client({
    credential: connection.credentials,
    region,
    profile: clientProfile(connection, CALL_TIMEOUT_SECONDS, endpointOf(connection)),
  });
  const call = <T>(action: ScfAction, once: () => Promise<T>) =>
    repeated({ action, kind: SCF_ACTIONS[action], pauseMs, once });
  return {
    ...domainCalls({ client, call }),
    ...versionCalls({ client, call }),
    async getFunction(name, isBeingDeleted = false) {
      try {
        return await call('GetFunction', () => client.GetFunction({ FunctionName: name, ShowCode: 'FALSE' }));
      } catch (error) {
        if (!(error instanceof ScfError)) throw error;
        if (GONE.test(error.code)) return undefined;
        if (VERSION_GONE.test(error.code)) return { Status: 'Deleting' };
        if (error.code !== NAMESPACE_GONE) throw error;
        return isBeingDeleted ? { Status: 'Deleting' } : undefined;
      }
    },
    async codeSha256(name) {
      const address = await call('GetFunctionAddress', () =>
        client.GetFunctionAddress({ FunctionName: name }),
      );
      return address.CodeSha256;
    },
    async listTriggers(name) {
      const list = await call('ListTriggers', () =>
        client.ListTriggers({ FunctionName: name, Limit: MAX_TRIGGERS }),
      );
      return list.Triggers ?? [];
    },
    createFunction: (request) => call('CreateFunction', () => client.CreateFunction(request)),
    updateCode: (name, zipBase64) =>
      call('UpdateFunctionCode', () => client.UpdateFunctionCode({ FunctionName: name, ZipFile: zipBase64 })),
    updateConfiguration: (request) =>
      call('UpdateFunctionConfiguration', () => client.UpdateFunctionConfiguration(request)),
    createTrigger: (request) => call('CreateTrigger', () => client.CreateTrigger(request)),
    updateTrigger: (request) => call('UpdateTrigger', () => client.UpdateTrigger(request)),
    deleteFunction: (name) => call('DeleteFunction', () => client.DeleteFunction({ FunctionName: name })),
  };
}
