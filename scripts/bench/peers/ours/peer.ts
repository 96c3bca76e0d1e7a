import { stat } from 'node:fs/promises';
import path from 'node:path';
import { version } from '../../../../package.json';
import { buildScf } from '../../../build/build';
import { RUN } from '../../rig/cache';
import { CLIENT_KEY_PREFIX } from '../../rig/messages';
import { trusting, type Peer, type Prepared } from '../peer';

const TOKEN = 'bench-token-0123456789abcdef';

const EVERYTHING = {
  OPENAI_API_KEYS: [1, 2, 3].map((key) => `${CLIENT_KEY_PREFIX}pool-${key}-0123456789abcdef`).join(','),
  ACCESS_TOKENS: `bench:${TOKEN}`,
  KEY_STRATEGY: 'affinity',
  MESSAGE_TRANSFORMS: 'move-system-message:2',
  DAILY_CAP_USD: '1000000', // counted for each request, and never reached
  RETRY_UPSTREAM_ERRORS: 'true', // concerns only requests that the upstream refuses
};

/** The usual model of chats is an alias of one of a second provider, which is the same upstream. */
const ROUTED = {
  ...EVERYTHING,
  DEEPSEEK_API_KEYS: EVERYTHING.OPENAI_API_KEYS,
  MODEL_ROUTES: 'bench-chat=deepseek/bench-routed',
};

/** The package that is deployed. */
export class Package {
  private built: Promise<string> | undefined;

  /** @param folder of a built package; by default it is built from the working tree into the cache */
  constructor(private readonly folder?: string) {}

  /** Its folder. Built once, without a configuration file. */
  async location(): Promise<string> {
    this.built ??= this.folder === undefined ? build() : Promise.resolve(path.resolve(this.folder));
    return this.built;
  }

  /** Bytes of the bundle alone. Its code cache lies beside it, and another version of Node ignores it. */
  async bytes(): Promise<number> {
    const folder = await this.location();
    return (await stat(path.join(folder, 'index.js'))).size;
  }
}

async function build(): Promise<string> {
  const { folder } = await buildScf(path.join(RUN, 'scf'), path.join(RUN, 'no-config'));
  return folder;
}

/** This proxy with clients' own keys. */
export function passThrough(built: Package): Peer {
  return ours('pass-through', 'ours, pass-through', built, {}, undefined);
}

/** This proxy with a pool of keys, access tokens, affinity and a message transform. */
export function everythingOn(built: Package): Peer {
  return ours('everything-on', 'ours, everything on', built, EVERYTHING, TOKEN);
}

/** Another package, with the same. */
export function before(built: Package): Peer {
  return ours('before', 'ours, before', built, EVERYTHING, TOKEN);
}

/** The same, with a route of the model that decides the provider and replaces the name. */
export function byModelRoute(built: Package): Peer {
  return ours('by-model-route', 'ours, by model route', built, ROUTED, TOKEN);
}

function ours(
  name: string,
  title: string,
  built: Package,
  variables: Readonly<Record<string, string>>,
  token: string | undefined,
): Peer {
  return {
    name,
    title,
    speaksTls: true,
    relaysWebSockets: true,
    failsOver: variables['RETRY_UPSTREAM_ERRORS'] === 'true',
    routesModels: variables['MODEL_ROUTES'] !== undefined,
    async prepare(): Promise<Prepared> {
      const bootstrap = path.join(await built.location(), 'scf_bootstrap');
      return {
        version,
        command: (port, upstream) => ({
          command: [bootstrap],
          environment: {
            PATH: [path.dirname(process.execPath), process.env['PATH']].join(path.delimiter),
            PORT: String(port),
            OPENAI_UPSTREAM: upstream.origin,
            DEEPSEEK_UPSTREAM: upstream.origin,
            ...trusting(upstream),
            ...variables,
          },
          readsLog: true,
        }),
        client: () => (token === undefined ? {} : { token }),
      };
    },
  };
}
