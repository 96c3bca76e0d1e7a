import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Environment } from '../../src/config/effective-value';
import { buildScf } from '../build/build';
import type { Connection } from '../deploy/connection';
import { DeployError } from '../deploy/deploy-error';
import { prepare, prepareRemoval } from '../deploy/prepare';
import { createScfApi } from '../deploy/scf-api';
import type { FunctionSettings } from '../deploy/serverless-file';
import type { FunctionState, Target } from './sls';

/** Reads, builds and checks as `npm run deploy` does, checks what only the CLI rejects, and says what it ignores. */
export async function prepareSls(
  root: string,
  environment: Environment,
  say: (line: string) => void,
): Promise<Target> {
  const { settings, connection } = await prepare({ root, environment, build: buildScf });
  const problems = [...checkReferences(root), ...checkRegions(root), ...checkEndpoint(connection)];
  if (problems.length > 0) throw new DeployError(problems);
  for (const line of ignoredLines(settings, connection)) say(line);
  return targetOf(settings);
}

/** The CLI and its `scf` component have no such settings, and pass over them without a word. */
function ignoredLines({ customDomain, publish, logs }: FunctionSettings, { site }: Connection): string[] {
  const names = [
    ...(site === 'international' ? ['TENCENT_ENDPOINT'] : []),
    ...(customDomain ? ['inputs.customDomain'] : []),
    ...(publish ? ['inputs.publish'] : []),
    ...(logs ? [] : ['inputs.logs']),
  ];
  return names.map(
    (name) => `${name} has no effect with the Serverless CLI. "npm run deploy" carries it out.`,
  );
}

export function prepareSlsRemoval(root: string, environment: Environment): Target {
  const { settings, connection } = prepareRemoval({ root, environment });
  const problems = checkEndpoint(connection);
  if (problems.length > 0) throw new DeployError(problems);
  return targetOf(settings);
}

/** The function's state from SCF itself; `undefined` if there is none. */
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

/** The file is parsed first, because comments may mention the syntax that the CLI lacks. */
function checkReferences(root: string): string[] {
  const text = JSON.stringify(parse(readFileSync(path.join(root, 'serverless.yml'), 'utf8')));
  return [...text.matchAll(/\$\{env:(\w+)\s*,/g)].map(
    ([, name = '']) =>
      `serverless.yml: \${env:${name}, …} has a default, which the Serverless Framework would deploy as it stands. Write \${env:${name}}, or use "npm run deploy".`,
  );
}

/** The component ignores `regions`, and without a region it deploys to Guangzhou. */
function checkRegions(root: string): string[] {
  const file = parse(readFileSync(path.join(root, 'serverless.yml'), 'utf8')) as {
    readonly inputs?: { readonly regions?: unknown };
  };
  return file.inputs?.regions === undefined
    ? []
    : ['inputs.regions is only for "npm run deploy". Set one inputs.region for the Serverless CLI.'];
}

/** The CLI cannot use a fake API: it would deploy to Tencent, and the fake API would be asked for the result. */
function checkEndpoint({ loopback }: Connection): string[] {
  return loopback === undefined
    ? []
    : ['TENCENT_SCF_ENDPOINT is for the tests of "npm run deploy". Unset it.'];
}
