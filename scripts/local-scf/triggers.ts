import type {
  CreateTriggerRequest,
  DeleteTriggerRequest,
  Trigger,
  UpdateTriggerRequest,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import { ApiError } from './api-error';
import { timestamp } from './description';
import { FunctionUrl } from './function-url';
import type { ServerFunction } from './functions';

/** What TriggerDesc of an http trigger may contain. */
interface HttpTriggerDesc {
  readonly AuthType: 'NONE';
  readonly NetConfig: { readonly EnableIntranet: boolean; readonly EnableExtranet: boolean };
  readonly CorsConfig?: { readonly Enable: false };
}

interface UrlTrigger {
  readonly name: string;
  readonly qualifier: string;
  readonly addTime: string;
  modTime: string;
  enabled: boolean;
  description: string;
  desc: HttpTriggerDesc;
  readonly url: FunctionUrl;
}

export class Triggers {
  readonly #triggers = new Map<ServerFunction, UrlTrigger[]>();
  readonly #relay: 'stream' | 'buffer';

  constructor(relay: 'stream' | 'buffer') {
    this.#relay = relay;
  }

  list(target: ServerFunction): Trigger[] {
    return this.#of(target).map(describe);
  }

  async create(request: CreateTriggerRequest, target: ServerFunction): Promise<Trigger> {
    const desc = parseDesc(request.TriggerDesc);
    const qualifier = request.Qualifier ?? '$LATEST';
    const triggers = this.#of(target);
    if (triggers.some((one) => one.name === request.TriggerName || one.qualifier === qualifier)) {
      throw new ApiError('ResourceInUse.Trigger', `There is a Function URL for ${qualifier} already.`);
    }
    const trigger: UrlTrigger = {
      name: request.TriggerName,
      qualifier,
      addTime: timestamp(),
      modTime: timestamp(),
      enabled: request.Enable !== 'CLOSE',
      description: request.Description ?? '',
      desc,
      url: new FunctionUrl(
        target,
        this.#relay,
        () => trigger.enabled && trigger.desc.NetConfig.EnableExtranet,
      ),
    };
    this.#triggers.set(target, [...triggers, trigger]); // before the port is open, so that a second call finds it
    await trigger.url.open();
    return describe(trigger);
  }

  update(request: UpdateTriggerRequest, target: ServerFunction): void {
    const trigger = this.#find(request, target);
    if (request.TriggerDesc !== undefined) trigger.desc = parseDesc(request.TriggerDesc);
    if (request.Enable !== undefined) trigger.enabled = request.Enable === 'OPEN';
    if (request.Description !== undefined) trigger.description = request.Description;
    trigger.modTime = timestamp();
  }

  async delete(request: DeleteTriggerRequest, target: ServerFunction): Promise<void> {
    const trigger = this.#find(request, target);
    this.#triggers.set(
      target,
      this.#of(target).filter((one) => one !== trigger),
    );
    await trigger.url.close();
  }

  async deleteAll(target: ServerFunction): Promise<void> {
    const triggers = this.#of(target);
    this.#triggers.delete(target);
    await Promise.all(triggers.map(({ url }) => url.close()));
  }

  /** The address of a function's URL; `undefined` if it has none for the qualifier. */
  addressOf(target: ServerFunction, qualifier: string): string | undefined {
    return this.#of(target).find((one) => one.qualifier === qualifier)?.url.address;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#triggers.keys()].map((target) => this.deleteAll(target)));
  }

  #of(target: ServerFunction): UrlTrigger[] {
    return this.#triggers.get(target) ?? [];
  }

  /** Name and qualifier together: a trigger for $DEFAULT is not found by a request that means $LATEST. */
  #find(request: UpdateTriggerRequest | DeleteTriggerRequest, target: ServerFunction): UrlTrigger {
    const { TriggerName: name, Qualifier: qualifier = '$LATEST' } = request;
    const found = this.#of(target).find((one) => one.name === name && one.qualifier === qualifier);
    if (!found) {
      throw new ApiError('ResourceNotFound.Trigger', `There is no trigger "${name}" for ${qualifier}.`);
    }
    return found;
  }
}

function describe(trigger: UrlTrigger): Trigger {
  const { desc, url } = trigger;
  const address = desc.NetConfig.EnableExtranet ? { ExtranetUrl: url.address } : {};
  return {
    TriggerName: trigger.name,
    Type: 'http',
    Qualifier: trigger.qualifier,
    TriggerDesc: JSON.stringify({ ...desc, NetConfig: { ...desc.NetConfig, ...address } }),
    Enable: trigger.enabled ? 1 : 0,
    AvailableStatus: 'Available',
    CustomArgument: '',
    Description: trigger.description,
    AddTime: trigger.addTime,
    ModTime: trigger.modTime,
  };
}

function parseDesc(text = ''): HttpTriggerDesc {
  let desc: { AuthType?: unknown; NetConfig?: Record<string, unknown>; CorsConfig?: { Enable?: unknown } };
  try {
    desc = JSON.parse(text) as typeof desc;
  } catch {
    throw new ApiError('InvalidParameterValue.TriggerDesc', 'TriggerDesc is not JSON.');
  }
  const { AuthType, NetConfig = {}, CorsConfig } = desc;
  const { EnableIntranet = false, EnableExtranet = false } = NetConfig; // both are off by default
  if (AuthType !== 'NONE' && AuthType !== 'CAM') {
    throw new ApiError('InvalidParameterValue.TriggerDesc', 'AuthType is neither NONE nor CAM.');
  }
  if (typeof EnableIntranet !== 'boolean' || typeof EnableExtranet !== 'boolean') {
    throw new ApiError('InvalidParameterValue.TriggerDesc', 'The flags of NetConfig are true or false.');
  }
  if (AuthType === 'CAM' || (CorsConfig && CorsConfig.Enable !== false)) {
    throw new ApiError(
      'UnsupportedOperation',
      'The local SCF knows neither CAM nor the CORS of a Function URL.',
    );
  }
  return {
    AuthType,
    NetConfig: { EnableIntranet, EnableExtranet },
    ...(CorsConfig ? { CorsConfig: { Enable: false } } : {}),
  };
}
