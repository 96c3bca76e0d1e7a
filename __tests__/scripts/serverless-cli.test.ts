import { cpSync } from 'node:fs';
import path from 'node:path';
import { DeployError } from '../../scripts/deploy/deploy-error';
import { prepareSls } from '../../scripts/serverless-cli/prepare';
import { Project } from './deploy/project';

const ENVIRONMENT = { TENCENT_SECRET_ID: 'AKIDexample', TENCENT_SECRET_KEY: 'example-secret-key' };

let project: Project;
beforeEach(() => {
  project = new Project(ENVIRONMENT);
  cpSync(path.resolve(__dirname, '../../config'), path.join(project.root, 'config'), { recursive: true });
});
afterEach(() => project.remove());

/** What the preparation says, or the problems that it finds. */
async function prepared(): Promise<{ said: string[]; problems: readonly string[] }> {
  const said: string[] = [];
  try {
    await prepareSls(project.root, project.environment, (line) => said.push(line));
    return { said, problems: [] };
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    return { said, problems: error.problems };
  }
}

describe('npm run sls', () => {
  it('has nothing to say about the serverless.yml that the project ships', async () => {
    expect(await prepared()).toEqual({ said: [], problems: [] });
  });

  it('refuses inputs.regions, of which the component would deploy none', async () => {
    project.describe((text) => text.replace(/^ {2}# regions:/m, '  regions:'));
    expect(await prepared()).toEqual({
      said: [],
      problems: [
        'inputs.regions is only for "npm run deploy". Set one inputs.region for the Serverless CLI.',
      ],
    });
  });

  it('says that it ignores inputs.customDomain, inputs.publish, logs: off and TENCENT_ENDPOINT', async () => {
    project.environment['TENCENT_ENDPOINT'] = 'intl';
    project.describe(
      (text) =>
        `${text.replace('# logs: off', 'logs: off')}\n  publish: true\n  customDomain:\n    domain: llm.example.com\n    certificateId: AbCd1234\n`,
    );
    const { said, problems } = await prepared();
    expect(problems).toEqual([]);
    expect(said).toEqual(
      ['TENCENT_ENDPOINT', 'inputs.customDomain', 'inputs.publish', 'inputs.logs'].map(
        (name) => `${name} has no effect with the Serverless CLI. "npm run deploy" carries it out.`,
      ),
    );
  });
});
