import type { Environment } from '../../../src/config/effective-value';
import type { Place } from '../access';
import type { ParsedArguments } from '../arguments';
import type { Connection } from '../connection';
import type { Pace } from '../deploy';
import type { DomainEffects } from '../domain/apply';
import { createScfApi } from '../scf-api';
import type { FunctionSettings } from '../serverless-file';
import type { SmokeTestOptions } from '../smoke-test';
import type { Output, Terminal } from '../terminal';

/** What an action of `npm run deploy` works with. */
export interface ActionContext {
  readonly parsed: ParsedArguments;
  readonly place: Place;
  readonly terminal: Terminal;
  /** For hints that are not part of the result. */
  readonly errorOutput: Output;
  readonly pace: Pace & SmokeTestOptions;
  readonly domainEffects: DomainEffects | undefined;
}

/** What every call about the function of one region needs. */
export function regionTarget(
  { terminal, pace }: Pick<ActionContext, 'terminal' | 'pace'>,
  connection: Connection,
  settings: FunctionSettings,
) {
  return {
    settings,
    terminal,
    api: createScfApi(connection, settings.region, pace.pollMs),
    isLocal: connection.loopback !== undefined,
    site: connection.site,
    pace,
  };
}

/** What the domain of a deployment needs of the machine. */
export function domainOptions({ place, domainEffects }: ActionContext): {
  readonly environment: Environment;
  readonly domainEffects?: DomainEffects;
} {
  const { environment } = place;
  return domainEffects ? { environment, domainEffects } : { environment };
}
