import { randomUUID } from 'node:crypto';
import type { ActionName, Actions } from './actions';
import { ApiError } from './api-error';
import { describe, type Nullable } from './description';
import type { Functions, ServerFunction } from './functions';
import type { Logs } from './logs';
import { checkRequest, isAction } from './request-check';
import type { Triggers } from './triggers';

const REGIONS = [
  'ap-beijing',
  'ap-chengdu',
  'ap-chongqing',
  'ap-guangzhou',
  'ap-nanjing',
  'ap-shanghai',
  'ap-shanghai-fsi',
  'ap-shenzhen-fsi',
  'ap-hongkong',
  'ap-singapore',
  'ap-tokyo',
  'ap-seoul',
  'ap-jakarta',
  'ap-bangkok',
  'na-siliconvalley',
  'na-ashburn',
  'eu-frankfurt',
  'sa-saopaulo',
];
const DEFAULT_LIMIT = 20;

/** One API call with a valid signature. */
export interface ApiCall {
  readonly action: string;
  readonly region: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

type Result<Name extends ActionName> = Nullable<Omit<Actions[Name]['response'], 'RequestId'>>;
type Handlers = {
  readonly [Name in ActionName]: (
    request: Actions[Name]['request'],
    region: string,
  ) => Result<Name> | Promise<Result<Name>>;
};

/** The actions, independent of HTTP. */
export class Api {
  readonly #handlers: Handlers;

  constructor(
    functions: Functions,
    triggers: Triggers,
    logs: Logs,
    codeUrl: (target: ServerFunction) => string,
  ) {
    this.#handlers = {
      async CreateFunction(request, region) {
        await functions.create(request, region);
        return {};
      },
      GetFunction({ FunctionName }, region) {
        const target = functions.get(FunctionName, region);
        return describe(target, triggers.list(target));
      },
      GetFunctionAddress({ FunctionName }, region) {
        const target = functions.get(FunctionName, region);
        return { Url: codeUrl(target), CodeSha256: target.code.sha256 };
      },
      async UpdateFunctionCode(request, region) {
        await functions.updateCode(request, region);
        return {};
      },
      UpdateFunctionConfiguration(request, region) {
        functions.updateConfiguration(request, region);
        return {};
      },
      async DeleteFunction({ FunctionName }, region) {
        const target = functions.deletable(FunctionName, region);
        await triggers.deleteAll(target);
        await functions.delete(target);
        return {};
      },
      ListTriggers({ FunctionName, Offset = 0, Limit = DEFAULT_LIMIT }, region) {
        const all = triggers.list(functions.get(FunctionName, region));
        return { TotalCount: all.length, Triggers: all.slice(Offset, Offset + Limit) };
      },
      async CreateTrigger(request, region) {
        const target = functions.settled(request.FunctionName, region);
        return { TriggerInfo: await triggers.create(request, target) };
      },
      UpdateTrigger(request, region) {
        triggers.update(request, functions.idle(request.FunctionName, region));
        return {};
      },
      async DeleteTrigger(request, region) {
        await triggers.delete(request, functions.idle(request.FunctionName, region));
        return {};
      },
      SearchLog: (request) => logs.search(request),
    };
  }

  /** Runs a call and returns the object that is sent as `Response`. */
  async run({ action, region, parameters }: ApiCall): Promise<object> {
    if (!isAction(action)) {
      throw new ApiError('InvalidAction', `The request action \`${action}\` is invalid.`);
    }
    if (!REGIONS.includes(region)) {
      throw new ApiError('UnsupportedRegion', `The region \`${region}\` is not supported.`);
    }
    return { ...(await this.#call(action, parameters, region)), RequestId: randomUUID() };
  }

  #call<Name extends ActionName>(
    action: Name,
    parameters: ApiCall['parameters'],
    region: string,
  ): Result<Name> | Promise<Result<Name>> {
    return this.#handlers[action](checkRequest(action, parameters), region);
  }
}
