import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DeployError } from '../../scripts/deploy/deploy-error';
import { runCli } from '../../scripts/serverless-cli/cli';
import { readEnvironment } from '../../scripts/serverless-cli/environment';
import { sls, type Effects, type FunctionState } from '../../scripts/serverless-cli/sls';

const TARGET = { functionName: 'llm', region: 'ap-singapore', description: '' };

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'sls-verdict-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The wrapper with nothing real in it but the process it starts, which is `source`. */
async function run(args: readonly string[], source: string, changed: Partial<Effects> = {}) {
  const cli = path.join(folder, 'cli.js');
  writeFileSync(cli, source);
  const said: string[] = [];
  const ran: (readonly string[])[] = [];
  const code = await sls(args, {
    install: () => Promise.resolve(),
    prepareDeployment: () => Promise.resolve(TARGET),
    prepareRemoval: () => TARGET,
    runCli: (cliArgs) => {
      ran.push(cliArgs);
      return runCli(cli, cliArgs, { cwd: folder, env: {} });
    },
    readFunction: () => Promise.resolve(undefined),
    newMark: () => 'f00d',
    wait: () => Promise.resolve(),
    say: (line) => said.push(line),
    ...changed,
  });
  return { code, said: said.join('\n'), ran };
}

const respondingWith = (...states: (FunctionState | undefined)[]) => {
  const left = [...states];
  return { readFunction: () => Promise.resolve(left.length > 1 ? left.shift() : left[0]) };
};
const active = { status: 'Active', description: 'Ours.\nDeployment f00d' };

describe('deploy', () => {
  it('fails if the CLI exits with 0 without having done anything', async () => {
    const { code, said } = await run(['deploy'], '');
    expect(code).toBe(1);
    expect(said).toContain('NOT deployed, although the CLI exited with 0');
    expect(said).toContain('npm run deploy');
  });

  it('succeeds only if SCF has the mark of this run', async () => {
    expect((await run(['deploy'], '', respondingWith(active))).code).toBe(0);
    const earlier = { ...active, description: 'Deployment beef' };
    expect((await run(['deploy'], '', respondingWith(earlier))).code).toBe(1);
  });

  it('waits while SCF is updating, and fails if the update failed', async () => {
    const updating = { ...active, status: 'Updating' };
    expect((await run(['deploy'], '', respondingWith(undefined, updating, active))).code).toBe(0);
    const failed = await run(['deploy'], '', respondingWith(updating, { ...active, status: 'UpdateFailed' }));
    expect(failed.code).toBe(1);
    expect(failed.said).toContain('UpdateFailed');
  });

  it('returns the exit status of a CLI that failed, and does not call SCF', async () => {
    const readFunction = jest.fn();
    expect((await run(['deploy'], 'process.exit(7)', { readFunction })).code).toBe(7);
    expect(readFunction).not.toHaveBeenCalled();
  });

  it('fails if a signal ended the CLI', async () => {
    expect((await run(['deploy'], 'process.kill(process.pid, "SIGKILL")', respondingWith(active))).code).toBe(
      1,
    );
  });

  it('fails if SCF cannot be called', async () => {
    const readFunction = () => Promise.reject(new Error('no permission'));
    await expect(run(['deploy'], '', { readFunction })).rejects.toThrow(/no permission.*scf:GetFunction/);
  });

  it('does not start the CLI if the preparation finds a problem', async () => {
    const install = jest.fn();
    const prepareDeployment = () => Promise.reject(new DeployError(['one', 'two']));
    await expect(run(['deploy'], '', { prepareDeployment, install })).rejects.toThrow('one\ntwo');
    expect(install).not.toHaveBeenCalled();
  });

  it('passes options on separately, and appends the mark to the existing description', async () => {
    const described = { prepareDeployment: () => Promise.resolve({ ...TARGET, description: 'Ours, all' }) };
    const { ran } = await run(['deploy', '--stage=a=b'], '', { ...described, ...respondingWith(active) });
    expect(ran).toEqual([
      ['deploy', '--stage', 'a=b', '--inputs', 'description="Ours, all\\nDeployment f00d"'],
    ]);
  });
});

it('remove fails if the function still exists', async () => {
  expect((await run(['remove'], '', respondingWith(active))).code).toBe(1);
  expect((await run(['remove'], '', respondingWith(active, undefined))).code).toBe(0);
});

it('passes other commands on unchanged, and returns their exit status', async () => {
  const { code, ran } = await run(['info'], 'process.exit(3)');
  expect({ code, ran }).toEqual({ code: 3, ran: [['info']] });
  expect((await run([], '')).code).toBe(2);
});

it('sets the vendor and switches telemetry off', async () => {
  const source =
    'process.exit(process.env.SERVERLESS_PLATFORM_VENDOR === "tencent" && process.env.SLS_TELEMETRY_DISABLED ? 0 : 1)';
  expect((await run(['info'], source)).code).toBe(0);
});

it('reads .env.<stage> before .env, and the environment before both', () => {
  writeFileSync(path.join(folder, '.env'), 'A=1\nB=1\nC=');
  expect(readEnvironment(folder, [], { B: '2', A: '' })).toEqual({ A: '1', B: '2' });
  writeFileSync(path.join(folder, '.env.prod'), 'A=3');
  expect(readEnvironment(folder, ['--stage=prod'], {})).toEqual({ A: '3' });
  expect(readEnvironment(folder, ['deploy', '--stage', 'prod'], {})).toEqual({ A: '3' });
});
