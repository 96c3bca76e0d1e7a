import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Environment } from '../../src/config';
import { buildScf } from '../build/build';
import type { Connection } from '../deploy/connection';
import { DeployError } from '../deploy/deploy-error';
import { prepare, prepareRemoval } from '../deploy/prepare';
import { createScfApi } from '../deploy/scf-api';
import type { FunctionSettings } from '../deploy/serverless-file';
import type { FunctionState, Target } from './sls';

/** What `npm run deploy` reads, builds and checks, and what only the CLI takes amiss. */
export async function prepareSls(root: string, environment: Environment): Promise<Target> {
  const { settings, connection } = await prepare({ root, environment, build: buildScf });
  const problems = [...checkReferences(root), ...checkEndpoint(connection)];
  if (problems.length > 0) throw new DeployError(problems);
  return targetOf(settings);
}

export function prepareSlsRemoval(root: string, environment: Environment): Target {
  const { settings, connection } = prepareRemoval({ root, environment });
  const problems = checkEndpoint(connection);
  if (problems.length > 0) throw new DeployError(problems);
  return targetOf(settings);
}

/** What SCF itself says of the function; undefined where there is none. */
export async function readFunction(
  { functionName, region }: Target,
  connection: Connection,
): Promise<FunctionState | undefined> {
  const found = await createScfApi(connection, region).getFunction(functionName);
  return found && { status: found.Status ?? 'unknown', description: found.Description ?? '' };
}

function targetOf({ name, region, description }: FunctionSettings): Target {
  return { functionName: name, region, description };
}

/** Parsed first, because the comments may speak of the form that the CLI lacks. */
function checkReferences(root: string): string[] {
  const text = JSON.stringify(parse(readFileSync(path.join(root, 'serverless.yml'), 'utf8')));
  return [...text.matchAll(/\$\{env:(\w+)\s*,/g)].map(
    ([, name = '']) =>
      `serverless.yml: \${env:${name}, …} has a default, which the Serverless Framework would deploy as it stands. Write \${env:${name}}, or use "npm run deploy".`,
  );
}

/** The CLI knows no stand-in: it would deploy to Tencent, and the stand-in would be asked whether it did. */
function checkEndpoint({ loopback }: Connection): string[] {
  return loopback === undefined
    ? []
    : ['TENCENT_SCF_ENDPOINT is for the tests of "npm run deploy". Unset it.'];
}
