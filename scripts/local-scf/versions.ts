import type {
  FunctionVersion,
  GetAliasResponse,
  PublishVersionRequest,
  UpdateAliasRequest,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import { ApiError } from './api-error';
import type { CodePackage } from './code-package';
import type { Configuration } from './configuration';
import { timestamp } from './description';
import type { Fleet } from './fleet';
import type { Functions, ServerFunction } from './functions';

const LATEST = '$LATEST';
const DEFAULT_LIMIT = 20;

/** A version as it was when it was published; it never changes. */
interface PublishedVersion {
  readonly version: string;
  readonly description: string;
  readonly addTime: string;
  readonly configuration: Configuration;
  readonly code: CodePackage;
  readonly fleet: Fleet;
}

/** The published versions of a function, and which ones its URL serves. */
export interface Versions {
  readonly published: PublishedVersion[];
  main: string;
  additional: { readonly version: string; readonly percent: number } | undefined;
  /** Percent points that the additional version has not been given yet. The platform draws by chance instead. */
  owed: number;
}

export function noVersions(): Versions {
  return { published: [], main: LATEST, additional: undefined, owed: 0 };
}

/** The instances that the next request of the URL goes to: exactly every tenth to a version with a weight of 10 %. */
export function routedFleet(target: ServerFunction): Fleet | undefined {
  const { versions } = target;
  let version = versions.main;
  if (versions.additional) {
    versions.owed += versions.additional.percent;
    if (versions.owed >= 100) {
      versions.owed -= 100;
      version = versions.additional.version;
    }
  }
  return version === LATEST ? target.fleet : find(target, version).fleet;
}

/** A function as one of its versions has it. */
export function atVersion(target: ServerFunction, qualifier = LATEST): ServerFunction {
  if (qualifier === LATEST) return target;
  const { configuration, code, description, addTime } = find(target, qualifier);
  return {
    ...target,
    addTime,
    modTime: addTime,
    status: 'Active',
    code,
    configuration: { ...configuration, description },
  };
}

export function publish(
  functions: Functions,
  target: ServerFunction,
  { Description: description = '' }: PublishVersionRequest,
): string {
  const { published } = target.versions;
  const version = String(published.length + 1);
  const fleet = functions.fleetOf(target, version);
  target.fleets.push(fleet);
  const { configuration, code } = target;
  published.push({ version, description, addTime: timestamp(), configuration, code, fleet });
  return version;
}

export function listVersions(
  { versions, addTime, modTime, status, configuration: { description } }: ServerFunction,
  Offset = 0,
  Limit = DEFAULT_LIMIT,
): { FunctionVersion: string[]; Versions: FunctionVersion[]; TotalCount: number } {
  const all: FunctionVersion[] = [
    { Version: LATEST, Description: description, AddTime: addTime, ModTime: modTime, Status: status },
    ...versions.published
      .map((one) => ({
        Version: one.version,
        Description: one.description,
        AddTime: one.addTime,
        ModTime: one.addTime,
        Status: 'Active',
      }))
      .reverse(),
  ];
  const page = all.slice(Offset, Offset + Limit);
  return { FunctionVersion: page.map(({ Version }) => Version), Versions: page, TotalCount: all.length };
}

export function describeAlias({ versions }: ServerFunction): Omit<GetAliasResponse, 'RequestId'> {
  const { main, additional } = versions;
  return {
    Name: '$DEFAULT',
    FunctionVersion: main,
    RoutingConfig: {
      AdditionalVersionWeights: additional
        ? [{ Version: additional.version, Weight: additional.percent / 100 }]
        : [],
    },
  };
}

export function updateAlias(target: ServerFunction, request: UpdateAliasRequest): void {
  const weights = request.RoutingConfig?.AdditionalVersionWeights ?? [];
  const main = request.FunctionVersion;
  const [weight] = weights;
  for (const version of [main, ...weights.map(({ Version }) => Version)])
    if (version !== LATEST) find(target, version);
  if (
    weights.length > 1 ||
    weight?.Version === main ||
    (weight && !(weight.Weight >= 0 && weight.Weight <= 1))
  ) {
    throw new ApiError(
      'InvalidParameterValue.RoutingConfig',
      'There may be one additional version, other than the main one, with a weight of 0 to 1.',
    );
  }
  target.versions.main = main;
  target.versions.owed = 0;
  target.versions.additional = weight
    ? { version: weight.Version, percent: Math.round(weight.Weight * 100) }
    : undefined;
}

function find({ name, versions }: ServerFunction, version: string): PublishedVersion {
  const found = versions.published.find((one) => one.version === version);
  if (!found) {
    throw new ApiError(
      'ResourceNotFound.FunctionVersion',
      `The function "${name}" has no version ${version}.`,
    );
  }
  return found;
}
