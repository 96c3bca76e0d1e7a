import { LineCounter, isMap, parseDocument } from 'yaml';
import type { Environment } from '../../src/config/effective-value';
import { customDomain, type DomainSettings } from './domain/settings';
import {
  flag,
  list,
  oneOf,
  optional,
  singleItem,
  table,
  text,
  variables,
  wholeNumber,
  type Place,
} from './fields';

/** The deployment that serverless.yml describes. */
export interface FunctionSettings {
  readonly name: string;
  readonly description: string;
  /** The folder that is uploaded, as the file has it. */
  readonly folder: string;
  readonly runtime: string;
  readonly region: string;
  /** Further regions that the same function is deployed to. */
  readonly otherRegions: readonly string[];
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly initTimeoutSeconds: number;
  readonly publicAccess: boolean;
  /** Whether it has a fixed egress address. */
  readonly fixedAddress: boolean;
  /** Whether CLS keeps what the function writes. */
  readonly logs: boolean;
  /** Concurrent requests of one instance; `undefined` if it handles one at a time. */
  readonly maxConcurrency: number | undefined;
  /** Only variables that have a value. */
  readonly environment: Readonly<Record<string, string>>;
  readonly trigger: TriggerSettings;
  /** Whether each deployment publishes a version, which the public URL then serves. */
  readonly publish: boolean;
  readonly customDomain: DomainSettings | undefined;
}

/** The Function URL. */
export interface TriggerSettings {
  readonly name: string;
  readonly qualifier: string;
  readonly authType: string;
  readonly intranet: boolean;
  readonly extranet: boolean;
}

const FILE = table({
  component: oneOf('scf'),
  name: text(),
  // These two are names that only `sls` uses.
  app: text(''),
  stage: text(''),
  inputs: table({
    name: text(),
    description: text(''),
    src: text('./dist/scf'),
    type: oneOf('web'),
    runtime: text('Nodejs20.19'),
    region: optional(text()),
    regions: list(text()),
    memorySize: wholeNumber(128),
    timeout: wholeNumber(900),
    initTimeout: wholeNumber(30),
    publicAccess: flag(true),
    eip: flag(false),
    logs: oneOf('on', 'off'),
    environment: table({ variables }),
    instanceConcurrencyConfig: table({
      enable: flag(false),
      dynamicEnabled: flag(false),
      maxConcurrency: wholeNumber(100),
    }),
    publish: flag(false),
    customDomain,
    events: singleItem(
      table({
        http: table({
          parameters: table({
            name: text('url-trigger'),
            qualifier: text('$DEFAULT'),
            authType: oneOf('NONE'), // no LLM client can sign requests for Tencent
            netConfig: table({ enableIntranet: flag(false), enableExtranet: flag(false) }),
          }),
        }),
      }),
    ),
  }),
});

/**
 * Reads serverless.yml.
 * @returns its settings, with harmless values in place of invalid ones, and every problem at once
 */
export function readServerlessFile(
  source: string,
  environment: Environment,
): {
  readonly settings: FunctionSettings;
  /** The variables that have a line, with a value or without. */
  readonly lines: readonly string[];
  readonly problems: readonly string[];
} {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  // The parser's message may quote the line, and the line may contain a key.
  const problems = document.errors.map(
    ({ code, pos }) =>
      `serverless.yml, line ${lines.linePos(pos[0]).line}: not valid YAML (${code.toLowerCase().replaceAll('_', ' ')}).`,
  );
  const place: Place = { path: '', environment, problems };
  const content: unknown = problems.length > 0 ? SHORTEST : document.toJS();
  const { inputs } = FILE(content, place);
  const concurrency = inputs.instanceConcurrencyConfig;
  if (concurrency.dynamicEnabled)
    problems.push(
      'inputs.instanceConcurrencyConfig.dynamicEnabled must be false: only a fixed number is tested.',
    );
  const { parameters } = inputs.events.http;
  const regions = regionsOf(inputs, problems);
  if (inputs.publish && parameters.qualifier !== '$DEFAULT')
    problems.push(
      'inputs.events[0].http.parameters.qualifier must be $DEFAULT with publish: true: only that URL can serve a published version.',
    );
  return {
    problems,
    lines: problems.length > 0 ? [] : variableLines(document.getIn(['inputs', 'environment', 'variables'])),
    settings: {
      name: inputs.name,
      description: inputs.description,
      folder: inputs.src,
      runtime: inputs.runtime,
      region: regions[0] ?? '',
      otherRegions: regions.slice(1),
      memoryMb: inputs.memorySize,
      timeoutSeconds: inputs.timeout,
      initTimeoutSeconds: inputs.initTimeout,
      publicAccess: inputs.publicAccess,
      fixedAddress: inputs.eip,
      logs: inputs.logs === 'on',
      maxConcurrency: concurrency.enable ? concurrency.maxConcurrency : undefined,
      environment: inputs.environment.variables,
      trigger: {
        name: parameters.name,
        qualifier: parameters.qualifier,
        authType: parameters.authType,
        intranet: parameters.netConfig.enableIntranet,
        extranet: parameters.netConfig.enableExtranet,
      },
      publish: inputs.publish,
      customDomain: inputs.customDomain,
    },
  };
}

/** The regions to deploy to, from `region` or from `regions`. */
function regionsOf(
  { region, regions }: { readonly region: string | undefined; readonly regions: readonly string[] },
  problems: string[],
): readonly string[] {
  if (regions.length === 0) {
    if (region === undefined) problems.push('inputs.region is missing.');
    return [region ?? ''];
  }
  if (region !== undefined && region !== regions[0])
    problems.push('inputs.region must be the first of inputs.regions, or be left out.');
  if (new Set(regions).size < regions.length)
    problems.push('inputs.regions has a region twice. Remove one of them.');
  return regions;
}

function variableLines(variables: unknown): string[] {
  return isMap(variables) ? variables.items.map(({ key }) => String(key)) : [];
}

/** Replaces a file that is not YAML, so that its settings are not reported as missing too. */
const SHORTEST = {
  name: 'unknown',
  inputs: { name: 'unknown', region: 'ap-singapore', events: [{ http: {} }] },
};
