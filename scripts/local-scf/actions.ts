import type {
  CreateFunctionRequest,
  CreateFunctionResponse,
  CreateTriggerRequest,
  CreateTriggerResponse,
  DeleteFunctionRequest,
  DeleteFunctionResponse,
  DeleteTriggerRequest,
  DeleteTriggerResponse,
  GetFunctionAddressRequest,
  GetFunctionAddressResponse,
  GetFunctionRequest,
  GetFunctionResponse,
  ListTriggersRequest,
  ListTriggersResponse,
  UpdateFunctionCodeRequest,
  UpdateFunctionCodeResponse,
  UpdateFunctionConfigurationRequest,
  UpdateFunctionConfigurationResponse,
  UpdateTriggerRequest,
  UpdateTriggerResponse,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import type { SearchLogRequest, SearchLogResponse } from '../shared/cls';

/** The supported actions, in the SDK's own types. */
export interface Actions {
  CreateFunction: { request: CreateFunctionRequest; response: CreateFunctionResponse };
  GetFunction: { request: GetFunctionRequest; response: GetFunctionResponse };
  GetFunctionAddress: { request: GetFunctionAddressRequest; response: GetFunctionAddressResponse };
  UpdateFunctionCode: { request: UpdateFunctionCodeRequest; response: UpdateFunctionCodeResponse };
  UpdateFunctionConfiguration: {
    request: UpdateFunctionConfigurationRequest;
    response: UpdateFunctionConfigurationResponse;
  };
  DeleteFunction: { request: DeleteFunctionRequest; response: DeleteFunctionResponse };
  ListTriggers: { request: ListTriggersRequest; response: ListTriggersResponse };
  CreateTrigger: { request: CreateTriggerRequest; response: CreateTriggerResponse };
  UpdateTrigger: { request: UpdateTriggerRequest; response: UpdateTriggerResponse };
  /** Of CLS, which the SDK does not have. */
  SearchLog: { request: SearchLogRequest; response: SearchLogResponse };
  DeleteTrigger: { request: DeleteTriggerRequest; response: DeleteTriggerResponse };
}
export type ActionName = keyof Actions;
