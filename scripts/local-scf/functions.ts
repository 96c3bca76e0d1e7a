import path from 'node:path';
import type { Actions } from './actions';
import { ApiError } from './api-error';
import { MAX_BASE64_BYTES, unpack, type CodePackage } from './code-package';
import { configure } from './configuration';
import { timestamp } from './description';
import { Fleet } from './fleet';
import type { Logs } from './logs';
import { environmentOf } from './platform';
import type { ServerFunction } from './server-function';
import { noVersions } from './versions';

export type { ServerFunction };

type Requests = { readonly [Name in keyof Actions]: Actions[Name]['request'] };

export interface FunctionsOptions {
  readonly root: string;
  readonly runtimes: readonly string[];
  readonly transitionMs: number;
  readonly settlingMs: number;
  /** Whether the account never had a function, so that its default namespace is made with the first one. */
  readonly isNewAccount: boolean;
  /** Why the function that is being created ends in CreateFailed; `undefined` if it does not. */
  readonly nextCreationFault: () => string | undefined;
  readonly freeze: boolean;
  readonly idleKillMs: number;
  readonly instanceEnvironment: Readonly<Record<string, string>>;
  readonly logs: Logs;
}

export class Functions {
  readonly #functions = new Map<string, ServerFunction>();
  readonly #options: FunctionsOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #packages = 0;

  constructor(options: FunctionsOptions) {
    this.#options = options;
  }

  get(name: string | undefined, region: string): ServerFunction {
    const found = this.#functions.get(`${region}/${name ?? ''}`);
    if (!found) {
      if (this.#options.isNewAccount && this.#packages === 0)
        throw new ApiError('ResourceNotFound.Namespace', 'The namespace "default" does not exist.');
      throw new ApiError('ResourceNotFound.Function', `The function "${name ?? ''}" is not in ${region}.`);
    }
    if (found.status === 'Deleted') {
      throw new ApiError('ResourceNotFound.Version', 'The version "$LATEST" does not exist.');
    }
    return found;
  }

  /** A function that may be changed: during another change it is rejected, as on the platform. */
  idle(name: string, region: string): ServerFunction {
    const found = this.get(name, region);
    if (found.status !== 'Active') {
      throw new ApiError(
        'FailedOperation.FunctionStatusError',
        `The function "${name}" is ${found.status}: wait until it is Active.`,
      );
    }
    return found;
  }

  /** A function that may get a trigger: shortly after it became Active, that is rejected as well. */
  settled(name: string, region: string): ServerFunction {
    const found = this.idle(name, region);
    if (performance.now() - found.activeSinceMs < this.#options.settlingMs) {
      throw new ApiError('FailedOperation.CreateTrigger', `The state of "${name}" does not allow this yet.`);
    }
    return found;
  }

  /** A function that may be deleted: also one whose creation failed. */
  deletable(name: string, region: string): ServerFunction {
    const found = this.get(name, region);
    return found.status === 'CreateFailed' ? found : this.idle(name, region);
  }

  async create(request: Requests['CreateFunction'], region: string): Promise<void> {
    const { FunctionName: name, Runtime: runtime = 'Python2.7', Code: code } = request;
    const key = `${region}/${name}`;
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$/.test(name)) {
      throw new ApiError('InvalidParameterValue.FunctionName', `"${name}" is no name for a function.`);
    }
    if (request.Type !== 'HTTP') {
      throw new ApiError('UnsupportedOperation', 'The local SCF runs web functions only: Type must be HTTP.');
    }
    if (!this.#options.runtimes.includes(runtime)) {
      throw new ApiError('InvalidParameterValue.Runtime', `The Runtime "${runtime}" is not supported.`);
    }
    const configuration = configure(request);
    const unpacked = await this.#unpack(code.ZipFile, MAX_BASE64_BYTES.create);
    if (this.#functions.has(key)) {
      throw new ApiError('ResourceInUse.Function', `The function "${name}" exists already.`);
    }
    const created: ServerFunction = {
      name,
      region,
      runtime,
      protocolType: request.ProtocolType ?? null,
      addTime: timestamp(),
      modTime: timestamp(),
      status: 'Creating',
      failure: this.#options.nextCreationFault(),
      activeSinceMs: 0,
      configuration,
      code: unpacked,
      fleet: undefined,
      fleets: [],
      versions: noVersions(),
    };
    this.#functions.set(key, created);
    if (created.failure === undefined) this.#settle(created);
    else this.#after(() => (created.status = 'CreateFailed'));
  }

  async updateCode(request: Requests['UpdateFunctionCode'], region: string): Promise<void> {
    const target = this.idle(request.FunctionName, region);
    target.status = 'Updating'; // before unpacking, so that no other change begins in between
    try {
      target.code = await this.#unpack(request.ZipFile ?? request.Code?.ZipFile, MAX_BASE64_BYTES.update);
    } catch (error) {
      target.status = 'Active';
      throw error;
    }
    this.#settle(target);
  }

  updateConfiguration(request: Requests['UpdateFunctionConfiguration'], region: string): void {
    const target = this.idle(request.FunctionName, region);
    if (request.Runtime !== undefined && request.Runtime !== target.runtime) {
      throw new ApiError('InvalidParameterValue.Runtime', 'The Runtime of a function cannot be changed.');
    }
    target.configuration = configure(request, target.configuration);
    target.status = 'Updating';
    this.#settle(target);
  }

  /** Ends its instances at once; it is then Deleting, after that reported as a version that is missing, and then gone. */
  async delete(target: ServerFunction): Promise<void> {
    target.status = 'Deleting';
    this.#after(() => {
      target.status = 'Deleted';
      this.#after(() => this.#functions.delete(`${target.region}/${target.name}`));
    });
    await stopAll(target);
  }

  instances(name: string): number {
    const named = [...this.#functions.values()].filter((one) => one.name === name);
    return named.flatMap(({ fleets }) => fleets).reduce((sum, { size }) => sum + size, 0);
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([...this.#functions.values()].map((one) => stopAll(one)));
  }

  /** Ends a change after its duration: from then on new instances run the new revision. */
  #settle(target: ServerFunction): void {
    target.modTime = timestamp();
    this.#after(() => {
      target.status = 'Active';
      target.activeSinceMs = performance.now();
      target.fleet?.retire();
      target.fleet = this.fleetOf(target);
      target.fleets.push(target.fleet);
    });
  }

  /** Runs something when a transition is over. */
  #after(end: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      end();
    }, this.#options.transitionMs);
    this.#timers.add(timer);
  }

  /** New instances with what the function has now. */
  fleetOf(target: ServerFunction, version = '$LATEST'): Fleet {
    const { freeze, idleKillMs, instanceEnvironment, logs } = this.#options;
    const { initTimeoutS, concurrency } = target.configuration;
    return new Fleet(
      {
        folder: target.code.folder,
        environment: environmentOf(target, instanceEnvironment, version),
        initTimeoutMs: initTimeoutS * 1000,
        freeze,
        idleKillMs,
        onLine: (text) => {
          if (target.configuration.logs) logs.write(target, text);
        },
      },
      concurrency?.MaxConcurrency ?? 1,
    );
  }

  #unpack(base64: string | undefined, maxBytes: number): Promise<CodePackage> {
    if (base64 === undefined) throw new ApiError('MissingParameter', 'There is no ZipFile.');
    return unpack(base64, maxBytes, path.join(this.#options.root, String(this.#packages++)));
  }
}

async function stopAll({ fleets }: ServerFunction): Promise<void> {
  await Promise.all(fleets.map((fleet) => fleet.stop()));
}
