import { meantKey } from './meant-key';
import { LOOPBACK, type Connection } from './connection';
import { consolePage, INTERNATIONAL_ENDPOINT, type Site } from './console';
import { ALLOWED_REGIONS, listRegions, REFUSED_REGIONS } from '../shared/regions';
import type { FunctionSettings } from './serverless-file';

/** All variables of a function together, names and values, in bytes. */
const MAX_ENVIRONMENT_BYTES = 4096;
/** An update may have 20 MB of Base64. A creation may have 50, but every function is updated later. */
const MAX_PACKAGE_BYTES = Math.floor((20 * 1024 * 1024 * 3) / 4);
const RESERVED_NAME = /^(?:SCF_|QCLOUD_|TENCENTCLOUD_)/;
const VARIABLE_NAME = /^[A-Za-z]\w*$/;
const FUNCTION_NAME = /^[A-Za-z][\w-]{0,58}[A-Za-z0-9]$/;

/** What is to be deployed, and the environment it is deployed from. */
export interface Preflight {
  readonly settings: FunctionSettings;
  readonly connection: Connection;
  /** Whether certificate checks are turned off for this machine's Node. */
  readonly uncheckedTls: boolean;
  /** The problems that the proxy itself would report in its configuration. */
  readonly configProblems: readonly string[];
  /** `undefined` if there is no bundle, which is the result of another problem. */
  readonly bundle: Bundle | undefined;
}

export interface Bundle {
  readonly packageBytes: number;
  readonly builtAtMs: number;
  readonly newestSource: { readonly path: string; readonly changedAtMs: number };
}

type Check<Facts = Preflight> = (facts: Facts) => readonly (string | false)[];

/** Every problem that can be found before anything is sent, at once. */
export function preflight(facts: Preflight): string[] {
  return [checkConnection, checkRegion, checkLimits, checkEnvironment, checkBundle]
    .flatMap((check: Check) => check(facts))
    .filter((problem) => problem !== false);
}

/** Problems of the credentials and the connection to Tencent: all that matters when a function is removed. */
export const checkConnection: Check<Pick<Preflight, 'connection' | 'uncheckedTls'>> = ({
  connection: { credentials, loopback, site, unknownEndpoint },
  uncheckedTls,
}) => [
  credentials.secretId === '' && missing('TENCENT_SECRET_ID', site),
  credentials.secretKey === '' && missing('TENCENT_SECRET_KEY', site),
  loopback !== undefined &&
    !LOOPBACK.test(loopback) &&
    'TENCENT_SCF_ENDPOINT is for tests and takes only a host:port of this machine, such as 127.0.0.1:8080. Unset it.',
  unknownEndpoint === true &&
    `TENCENT_ENDPOINT must be ${INTERNATIONAL_ENDPOINT}, for an account of the international site, or unset.`,
  uncheckedTls &&
    'NODE_TLS_REJECT_UNAUTHORIZED=0 turns certificate checks off, and keys could be sent to an attacker. Unset it.',
];

function missing(name: string, site: Site | undefined): string {
  return `${name} is missing. Make a key at ${consolePage('/cam/capi', site)} and set it in the environment or in .env.`;
}

const checkRegion: Check = ({ settings: { region } }) => {
  const allowed = `Choose one of: ${listRegions()}.`;
  if (region === '' || ALLOWED_REGIONS.some((one) => one === region)) return [];
  if (REFUSED_REGIONS.some((one) => one === region))
    return [
      `inputs.region: ${region} cannot be used: OpenAI and Anthropic refuse requests from Hong Kong and the mainland, and may close accounts that send them. ${allowed}`,
    ];
  const meant = meantKey(region, ALLOWED_REGIONS);
  return [
    `inputs.region is not a known SCF region.${meant === undefined ? '' : ` Did you mean ${meant}?`} ${allowed}`,
  ];
};

const checkLimits: Check = ({ settings }) => {
  const { memoryMb, timeoutSeconds, initTimeoutSeconds, maxConcurrency = 1 } = settings;
  const [, major = '0', minor = '0'] = /^Nodejs(\d+)\.(\d+)$/.exec(settings.runtime) ?? [];
  return [
    settings.name !== '' &&
      !FUNCTION_NAME.test(settings.name) &&
      'inputs.name must have 2 to 60 letters, digits, "-" and "_", begin with a letter, and end with a letter or digit.',
    Number(major) + Number(minor) / 100 < 18.15 &&
      'inputs.runtime must be Nodejs18.15 or a later Node, such as Nodejs20.19: the bundle needs it.',
    !(memoryMb === 64 || (memoryMb >= 128 && memoryMb <= 3072 && memoryMb % 128 === 0)) &&
      'inputs.memorySize must be 64, or 128 to 3072 in steps of 128 (MB).',
    !(timeoutSeconds >= 1 && timeoutSeconds <= 900) && 'inputs.timeout must be 1 to 900 (seconds).',
    !(initTimeoutSeconds >= 3 && initTimeoutSeconds <= 300) &&
      'inputs.initTimeout must be 3 to 300 (seconds).',
    !(maxConcurrency >= 1 && maxConcurrency <= 100) &&
      'inputs.instanceConcurrencyConfig.maxConcurrency must be 1 to 100.',
    !settings.publicAccess && 'inputs.publicAccess must be true, or the function reaches no provider.',
    !settings.trigger.extranet &&
      'inputs.events[0].http.parameters.netConfig.enableExtranet must be true, or there is no public URL.',
  ];
};

const checkEnvironment: Check = ({ settings: { environment }, connection, configProblems }) => {
  const entries = Object.entries(environment);
  const bytes = entries.reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  const { secretKey, token } = connection.credentials;
  return [
    bytes > MAX_ENVIRONMENT_BYTES &&
      `inputs.environment.variables have ${bytes} bytes, and SCF allows ${MAX_ENVIRONMENT_BYTES}. Move some, such as keys and tokens, into config/*.yaml, which goes into the package.`,
    ...entries.map(
      ([name]) =>
        RESERVED_NAME.test(name) &&
        `inputs.environment.variables.${name}: names that begin with SCF_, QCLOUD_ or TENCENTCLOUD_ are reserved for the platform. Rename or remove it.`,
    ),
    ...entries.map(
      ([name]) =>
        !VARIABLE_NAME.test(name) &&
        `inputs.environment.variables.${name}: a name consists of letters, digits and "_", and begins with a letter.`,
    ),
    ...entries.map(
      ([name, value]) =>
        ((secretKey !== '' && value.includes(secretKey)) ||
          (token !== undefined && token !== '' && value.includes(token))) &&
        `inputs.environment.variables.${name} contains a secret of your Tencent account. The function needs none; remove it.`,
    ),
    ...configProblems,
  ];
};

const checkBundle: Check = ({ bundle }) => {
  if (!bundle) return [];
  const { packageBytes, builtAtMs, newestSource } = bundle;
  return [
    packageBytes > MAX_PACKAGE_BYTES &&
      `The package has ${megabytes(packageBytes)} MB, and SCF takes ${megabytes(MAX_PACKAGE_BYTES)}. Make the files in config/ smaller.`,
    newestSource.changedAtMs > builtAtMs &&
      `${newestSource.path} is newer than the bundle. Deploy again to include it.`,
  ];
};

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
