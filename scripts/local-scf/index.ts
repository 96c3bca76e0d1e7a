import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Api, type ApiCall } from './api';
import { ApiServer } from './api-server';
import { removePackages } from './code-package';
import { CustomDomains, type CustomDomainsOptions } from './custom-domains';
import { DomainFront } from './domain-front';
import type { ExchangeErrorCode } from './exchange';
import { Faults } from './faults';
import { Functions } from './functions';
import { Logs, type LogFields } from './logs';
import { Triggers } from './triggers';

export type { ApiCall };

export interface LocalScfOptions {
  /**
   * Runtimes that CreateFunction accepts; others are rejected with InvalidParameterValue.Runtime. Default
   * ['Nodejs18.15','Nodejs20.19'].
   */
  readonly runtimes?: readonly string[];
  /** Milliseconds a function stays Creating or Updating. Default 50. */
  readonly transitionMs?: number;
  /** Milliseconds after a function became Active in which a trigger is refused for it. Default 0. */
  readonly settlingMs?: number;
  /** Whether the account never had a function: until one is created, there is no namespace either. Default false. */
  readonly isNewAccount?: boolean;
  /** Whether idle instances are frozen (SIGSTOP) between requests. Default true. */
  readonly freeze?: boolean;
  /** Milliseconds after which an idle instance is killed. Default 60_000. */
  readonly idleKillMs?: number;
  /**
   * How the Function URL relays a streamed response: at once, or only when it is complete (a buffering gateway).
   * Default 'stream'.
   */
  readonly relay?: 'stream' | 'buffer';
  /** Extra environment for instances that only the test needs (such as NODE_EXTRA_CA_CERTS). */
  readonly instanceEnvironment?: Readonly<Record<string, string>>;
  /** What there is for custom domains; with `tls` they are served over https. */
  readonly domains?: CustomDomainsOptions & {
    readonly tls?: { readonly key: string; readonly cert: string };
  };
}

export interface LocalScf {
  /** host:port of the API, plain http on loopback. */
  readonly endpoint: string;
  readonly credentials: { readonly secretId: string; readonly secretKey: string };
  /** Every API call with a valid signature, in order. */
  readonly calls: ApiCall[];
  /** The port on 127.0.0.1 where custom domains are served by their Host header; 0 without `domains.tls`. */
  readonly domainPort: number;
  /** Makes the next call of an action fail with this API error. */
  failNext(action: string, code: string, message: string): void;
  /** Makes the next request to a Function URL end in this error of the platform. */
  failNextRequest(code: ExchangeErrorCode, message: string): void;
  /** Makes the next function that is created end in CreateFailed, for this reason. */
  failNextCreation(reason: string): void;
  /**
   * Drops the connection of an action's n-th call from now (0 = the next) without a response, before or after it took
   * effect.
   */
  dropCall(action: string, n: number, when: 'before' | 'after'): void;
  /** Adds a line to the log of a function, with SCF's fields. */
  writeLog(
    target: { readonly name: string; readonly region: string },
    text: string,
    fields?: LogFields,
  ): void;
  /** Instances of a function that run or are frozen at present. */
  instances(name: string): number;
  close(): Promise<void>;
}

/** An SCF on loopback: Tencent's API for it, and behind that the uploaded function in real processes. */
export async function startLocalScf(options: LocalScfOptions = {}): Promise<LocalScf> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'local-scf-'));
  const credentials = { secretId: 'AKIDlocal-scf-deployer', secretKey: 'local-scf-deployer-secret-key' };
  const faults = new Faults();
  const logs = new Logs();
  const functions = new Functions({
    root,
    logs,
    runtimes: options.runtimes ?? ['Nodejs18.15', 'Nodejs20.19'],
    transitionMs: options.transitionMs ?? 50,
    settlingMs: options.settlingMs ?? 0,
    isNewAccount: options.isNewAccount ?? false,
    nextCreationFault: () => faults.nextCreation(),
    freeze: options.freeze ?? true,
    idleKillMs: options.idleKillMs ?? 60_000,
    instanceEnvironment: options.instanceEnvironment ?? {},
  });
  const triggers = new Triggers(options.relay ?? 'stream', faults);
  const domains = new CustomDomains(functions, triggers, options.domains ?? {});
  const { tls } = options.domains ?? {};
  const front = tls && new DomainFront(tls, (host) => domains.addressOf(host));
  const packages = new Map<string, Buffer>();
  const api: Api = new Api({ functions, triggers, domains, logs }, ({ code }) => {
    packages.set(`/code/${code.sha256}`, code.zip);
    return `http://${server.endpoint}/code/${code.sha256}`;
  });
  const server: ApiServer = new ApiServer({ credentials, api, faults, download: (url) => packages.get(url) });
  await server.open();
  await front?.open();
  return {
    endpoint: server.endpoint,
    credentials,
    domainPort: front?.port ?? 0,
    calls: server.calls,
    failNext: (action, code, message) => faults.failNext(action, code, message),
    failNextRequest: (code, message) => faults.failNextRequest(code, message),
    failNextCreation: (reason) => faults.failNextCreation(reason),
    dropCall: (action, n, when) => faults.dropCall(action, n, when),
    writeLog: (target, text, fields) => logs.write(target, text, fields),
    instances: (name) => functions.instances(name),
    async close() {
      await server.close();
      await front?.close();
      await triggers.stop();
      await functions.stop();
      await removePackages(root);
    },
  };
}
