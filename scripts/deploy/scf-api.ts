import { setTimeout as sleep } from 'node:timers/promises';
import { scf } from 'tencentcloud-sdk-nodejs-scf';
import type {
  CreateFunctionRequest,
  CreateTriggerRequest,
  GetFunctionResponse,
  TriggerInfo,
  UpdateFunctionConfigurationRequest,
  UpdateTriggerRequest,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import { agentFor } from '../shared/agents';
import { usesHttpProxy, type Connection } from './connection';
import { domainCalls, type DomainApi } from './domain/calls';
import { versionCalls, type VersionsApi } from './versions/calls';

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
  /** `undefined` if there is no function of this name. */
  getFunction(name: string): Promise<GetFunctionResponse | undefined>;
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

/** A call that did not succeed. `code` is Tencent's; '' if no response arrived. */
export class ScfError extends Error {
  override readonly name = 'ScfError';

  constructor(
    readonly action: string,
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const READ_ATTEMPTS = 3;
const MAX_TRIGGERS = 100;
/** The upload takes long over a slow connection. */
const CALL_TIMEOUT_SECONDS = 180;

/** Tencent's own client, over TLS that is verified. */
export function createScfApi(
  { credentials, loopback }: Connection,
  region: string,
  pauseMs = 500,
): ScfApi & DomainApi & VersionsApi {
  const client = new scf.v20180416.Client({
    credential: credentials,
    region,
    profile: {
      language: 'en-US',
      httpProfile: {
        reqTimeout: CALL_TIMEOUT_SECONDS,
        ...(loopback === undefined
          ? usesHttpProxy(process.env)
            ? {}
            : { agent: agentFor('https:') }
          : // With an agent the client ignores `http_proxy`, so a test reaches its fake API directly.
            { protocol: 'http://', endpoint: loopback, agent: agentFor('http:') }),
      },
    },
  });
  const read = <T>(action: string, call: () => Promise<T>) => attempt(action, call, READ_ATTEMPTS, pauseMs);
  // A write whose response was lost may have been applied; the next deployment continues from the current state.
  const write = <T>(action: string, call: () => Promise<T>) => attempt(action, call, 1, pauseMs);
  return {
    ...domainCalls({ client, read, write }),
    ...versionCalls({ client, read, write }),
    async getFunction(name) {
      try {
        return await read('GetFunction', () => client.GetFunction({ FunctionName: name, ShowCode: 'FALSE' }));
      } catch (error) {
        if (
          error instanceof ScfError &&
          /^ResourceNotFound\.Function(?:Name)?$|^ResourceNotFound$/.test(error.code)
        )
          return undefined;
        throw error;
      }
    },
    async codeSha256(name) {
      const address = await read('GetFunctionAddress', () =>
        client.GetFunctionAddress({ FunctionName: name }),
      );
      return address.CodeSha256;
    },
    async listTriggers(name) {
      const list = await read('ListTriggers', () =>
        client.ListTriggers({ FunctionName: name, Limit: MAX_TRIGGERS }),
      );
      return list.Triggers ?? [];
    },
    createFunction: (request) => write('CreateFunction', () => client.CreateFunction(request)),
    updateCode: (name, zipBase64) =>
      write('UpdateFunctionCode', () =>
        client.UpdateFunctionCode({ FunctionName: name, ZipFile: zipBase64 }),
      ),
    updateConfiguration: (request) =>
      write('UpdateFunctionConfiguration', () => client.UpdateFunctionConfiguration(request)),
    createTrigger: (request) => write('CreateTrigger', () => client.CreateTrigger(request)),
    updateTrigger: (request) => write('UpdateTrigger', () => client.UpdateTrigger(request)),
    deleteFunction: (name) => write('DeleteFunction', () => client.DeleteFunction({ FunctionName: name })),
  };
}

async function attempt<T>(
  action: string,
  call: () => Promise<T>,
  attempts: number,
  pauseMs: number,
): Promise<T> {
  for (let left = attempts; ; left--) {
    try {
      return await call();
    } catch (cause) {
      const error = scfError(action, cause);
      if (error.code !== '' || left <= 1) throw error;
      await sleep(pauseMs);
    }
  }
}

function scfError(action: string, cause: unknown): ScfError {
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  // Node's codes (ECONNRESET) are in the message; only Tencent's codes have this form.
  const tencentCode = typeof code === 'string' && /^[A-Z][a-z]/.test(code) ? code : '';
  return new ScfError(action, tencentCode, String(message), { cause });
}
