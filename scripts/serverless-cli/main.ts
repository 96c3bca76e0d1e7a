import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { readConnection } from '../deploy/connection';
import { DeployError } from '../deploy/deploy-error';
import { createDeployRedact } from '../deploy/secrets';
import { createTerminal } from '../deploy/terminal';
import { CLI, installCli, runCli } from './cli';
import { readEnvironment } from './environment';
import { prepareSls, prepareSlsRemoval, readFunction } from './prepare';
import { sls } from './sls';

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const root = process.cwd();
  const env = readEnvironment(root, args, process.env);
  const connection = readConnection(env);
  const terminal = createTerminal(process.stdout, createDeployRedact(connection.credentials, env));
  const say = (line: string) => terminal.say(line);
  try {
    process.exitCode = await sls(args, {
      prepareDeployment: () => prepareSls(root, env, say),
      prepareRemoval: () => prepareSlsRemoval(root, env),
      install: installCli,
      runCli: (cliArgs) => runCli(CLI, cliArgs, { cwd: root, env }),
      readFunction: (target) => readFunction(target, connection),
      newMark: () => randomBytes(8).toString('hex'),
      wait: (ms) => setTimeout(ms),
      say,
    });
  } catch (error) {
    const problems = error instanceof DeployError ? error.problems : [String(error)];
    for (const problem of problems) say(`${problems.length > 1 ? '- ' : ''}${problem}`);
    process.exitCode = 1;
  }
}

void main();
