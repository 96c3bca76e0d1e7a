import type { Environment } from '../../src/config/effective-value';
import {
  CI_TOKEN_NOTE,
  OPEN_WARNING,
  decideAccess,
  saveToken,
  tokenLines,
  type Access,
} from './access-token';
import { readFunction, type Deployment } from './deploy';
import type { Prepared } from './prepare';
import type { Terminal } from './terminal';

/** Where a deployment runs. */
export interface Place {
  readonly root: string;
  readonly environment: Environment;
  /** Hides texts in everything that is printed from now on. */
  readonly hide: (environment: Environment) => void;
  /** Prints what has to be seen as it is, such as a new token. */
  readonly reveal: (line: string) => void;
}

export type DeploymentWithAccess = Deployment & { readonly access: Access };

/** A deployment with the access tokens that the function is to have. Asks SCF only if none are configured. */
export async function withAccess(
  deployment: Deployment,
  prepared: Prepared,
  { hide }: Pick<Place, 'hide'>,
): Promise<DeploymentWithAccess> {
  const isUndecided = prepared.provisionalToken !== undefined;
  const there = isUndecided ? await readFunction(deployment) : undefined;
  const { access, environment } = decideAccess(prepared, there);
  hide(environment);
  return { ...deployment, access, settings: { ...deployment.settings, environment } };
}

/** What a deployment would do about access, for a dry run. */
export function announceAccess(access: Access, terminal: Terminal): void {
  if (access.kind === 'new-token') terminal.say('An access token would be made and written to .env.');
  if (access.kind === 'kept') sayKept(terminal);
  if (access.kind === 'open') terminal.say(OPEN_WARNING);
}

/** Before the deployment: a token that is not saved would be lost if the deployment is interrupted. */
export function saveAccess(access: Access, { root, environment }: Place, terminal: Terminal): void {
  if (access.kind === 'new-token' && !isCi(environment)) saveToken(root, access.token);
  if (access.kind === 'kept') sayKept(terminal);
}

/** After the deployment: the token, with the addresses to paste. */
export function reportAccess(
  access: Access,
  url: string,
  { environment, reveal }: Place,
  terminal: Terminal,
): void {
  if (access.kind === 'open') terminal.say(OPEN_WARNING);
  if (access.kind !== 'new-token') return;
  if (isCi(environment)) terminal.say(CI_TOKEN_NOTE);
  else for (const line of tokenLines(url, access.token, access.dailyCapNanoUsd)) reveal(line);
}

function sayKept(terminal: Terminal): void {
  terminal.say('ACCESS_TOKENS is not set here; the function keeps the tokens that it has.');
}

/** GitHub, GitLab and others set it. Their machines are thrown away, and their logs may be public. */
function isCi({ CI }: Environment): boolean {
  return CI !== undefined && CI !== '' && CI !== 'false' && CI !== '0';
}
