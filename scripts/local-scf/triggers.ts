import { randomBytes } from 'node:crypto';
import type {
  CreateTriggerRequest,
  DeleteTriggerRequest,
  Trigger,
  UpdateTriggerRequest,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import { ApiError } from './api-error';
import { timestamp } from './description';
import type { Faults } from './faults';
import { FunctionUrl } from './function-url';
import type { ServerFunction } from './functions';
import { describeDesc, parseDesc, type HttpTriggerDesc } from './trigger-desc';

interface UrlTrigger {
  /** The id of its address. It is reported as its name, whatever name it was created with. */
  readonly id: string;
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
  readonly #faults: Faults;

  constructor(relay: 'stream' | 'buffer', faults: Faults) {
    this.#relay = relay;
    this.#faults = faults;
  }

  list(target: ServerFunction): Trigger[] {
    return this.#of(target).map((trigger) => describe(trigger, target));
  }

  async create(request: CreateTriggerRequest, target: ServerFunction): Promise<Trigger> {
    const desc = parseDesc(request.TriggerDesc);
    const qualifier = request.Qualifier ?? '$LATEST';
    const triggers = this.#of(target);
    if (triggers.some((one) => one.qualifier === qualifier)) {
      throw new ApiError('ResourceInUse.Trigger', `There is a Function URL for ${qualifier} already.`);
    }
    const trigger: UrlTrigger = {
      id: randomBytes(5).toString('hex'),
      qualifier,
      addTime: timestamp(),
      modTime: timestamp(),
      enabled: request.Enable !== 'CLOSE',
      description: request.Description ?? '',
      desc,
      url: new FunctionUrl(target, {
        relay: this.#relay,
        isOpen: () => trigger.enabled && trigger.desc.NetConfig.EnableExtranet,
        hasCors: () => trigger.desc.CorsConfig?.Enable === true,
        nextFault: () => this.#faults.nextRequest(),
      }),
    };
    this.#triggers.set(target, [...triggers, trigger]); // before the port is open, so that a second call finds it
    await trigger.url.open();
    return describe(trigger, target);
  }

  update(request: UpdateTriggerRequest, target: ServerFunction): void {
    const trigger = this.#find(request, target);
    if (request.TriggerDesc !== undefined) trigger.desc = parseDesc(request.TriggerDesc, trigger.desc);
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

  async stop(): Promise<void> {
    await Promise.all([...this.#triggers.keys()].map((target) => this.deleteAll(target)));
  }

  #of(target: ServerFunction): UrlTrigger[] {
    return this.#triggers.get(target) ?? [];
  }

  /** Name and qualifier together: a trigger for $DEFAULT is not found by a request that means $LATEST. */
  #find(request: UpdateTriggerRequest | DeleteTriggerRequest, target: ServerFunction): UrlTrigger {
    const { TriggerName: name, Qualifier: qualifier = '$LATEST' } = request;
    const found = this.#of(target).find((one) => one.id === name && one.qualifier === qualifier);
    if (!found) {
      throw new ApiError('ResourceNotFound.Trigger', `There is no trigger "${name}" for ${qualifier}.`);
    }
    return found;
  }
}

function describe(trigger: UrlTrigger, target: ServerFunction): Trigger {
  const { id, desc, url } = trigger;
  return {
    TriggerName: id,
    Type: 'http',
    Qualifier: trigger.qualifier,
    TriggerDesc: describeDesc(desc, target, { id, address: url.address }),
    Enable: trigger.enabled ? 1 : 0,
    AvailableStatus: 'Available',
    CustomArgument: '',
    Description: trigger.description,
    AddTime: trigger.addTime,
    ModTime: trigger.modTime,
  };
}
