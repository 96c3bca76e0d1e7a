import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';

interface Step {
  readonly id?: string;
  readonly run?: string;
}

const { jobs } = parse(
  readFileSync(path.resolve(__dirname, '../../.github/workflows/deploy.yml'), 'utf8'),
) as { readonly jobs: { readonly deploy: { readonly steps: readonly Step[] } } };
const commandOf = (isMeant: (step: Step) => boolean) => jobs.deploy.steps.find(isMeant)?.run ?? 'exit 99';

/** Where a step runs; GitHub's variables name files in it. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'workflow '));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const at = (name: string) => path.join(folder, name);
const textOf = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : '');

/** Runs a step's command as a runner does: `bash -e`. */
function run(command: string, environment: Record<string, string> = {}): number | null {
  const PATH = `${at('bin')}:${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const files = { GITHUB_STEP_SUMMARY: at('summary'), GITHUB_OUTPUT: at('output') };
  return spawnSync('bash', ['-e', '-c', command], { cwd: folder, env: { ...environment, ...files, PATH } })
    .status;
}

describe('The summary of the workflow that deploys', () => {
  const summaryOf = (result: object | undefined) => {
    writeFileSync(at('deployment.json'), result ? JSON.stringify(result) : '');
    expect(run(commandOf(({ run: text }) => text?.includes('deployment.json", "utf8"') === true))).toBe(0);
    return textOf('summary');
  };
  const URL_OF_FUNCTION = 'https://1250000000-abc.ap-singapore.tencentscf.com';
  const DEPLOYED = {
    url: URL_OF_FUNCTION,
    egressAddresses: ['203.0.113.10'],
    changed: ['create the public URL'],
  };

  it('has the URL, the fixed address and what was changed.', () => {
    expect(summaryOf(DEPLOYED)).toBe(
      `## ${URL_OF_FUNCTION}\n\nFixed egress address: 203.0.113.10\n\n- create the public URL\n`,
    );
  });

  it('says that nothing changed, and has the custom domain.', () => {
    const summary = summaryOf({ ...DEPLOYED, changed: [], domain: { url: 'https://llm.example.com' } });
    expect(summary).toContain('## https://llm.example.com\n');
    expect(summary).toContain('- Nothing changed.\n');
  });

  it('has each of several regions, also one that has failed.', () => {
    const summary = summaryOf({
      regions: [
        { region: 'ap-singapore', problems: ['The region ap-singapore is sold out at present.'] },
        { region: 'na-siliconvalley', ...DEPLOYED },
      ],
    });
    expect(summary).toContain('## ap-singapore\n\n- The region ap-singapore is sold out at present.\n');
    expect(summary).toContain(`## ${URL_OF_FUNCTION}\n`);
  });

  it('leads to the log if there is no result.', () => {
    expect(summaryOf(undefined)).toBe('## The deployment failed\n\n- The log of this run says why.\n');
  });
});

describe('The check for secrets in the workflow that deploys', () => {
  const check = (PRESENT: string, EVENT: string) =>
    run(
      commandOf(({ id }) => id === 'secrets'),
      { PRESENT, EVENT },
    );

  it.each([
    ['a push to a fork without secrets succeeds', 'false', 'push', 0],
    ['a run by hand without secrets fails', 'false', 'workflow_dispatch', 1],
    ['a run by hand with secrets succeeds', 'true', 'workflow_dispatch', 0],
  ])('is such that %s.', (_what, present, event, status) => {
    expect(check(present, event)).toBe(status);
    expect(textOf('output')).toBe(`present=${present}\n`);
    expect(textOf('summary')).toBe(
      present === 'true'
        ? ''
        : 'Set the secrets TENCENT_SECRET_ID and TENCENT_SECRET_KEY: Settings, Secrets and variables, Actions.\n',
    );
  });
});

it('The workflow that deploys puts the lines of DOTENV into a file for its owner alone, and not into the environment.', () => {
  mkdirSync(at('bin'));
  writeFileSync(at('bin/npm'), '#!/bin/bash\necho "$* ${DOTENV-unset}"\n');
  chmodSync(at('bin/npm'), 0o755);
  const DOTENV = "ACCESS_TOKENS=me:tok-1-0123456789\nOPENAI_API_KEYS='sk-1'";
  expect(
    run(
      commandOf(({ id }) => id === 'deploy'),
      { DOTENV },
    ),
  ).toBe(0);
  expect(textOf('.env')).toBe(`${DOTENV}\n`);
  expect(statSync(at('.env')).mode & 0o777).toBe(0o600);
  expect(textOf('deployment.json')).toBe('run --silent deploy -- --json unset\n');
});
