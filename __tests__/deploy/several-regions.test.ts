import { SIMULATED_TEXT } from '../../scripts/fakes/simulated-replies';
import { readServerlessFile } from '../../scripts/deploy/serverless-file';
import { SERVERLESS_YML } from '../scripts/deploy/project';
import { Scene, openaiResponse } from '../scripts/deploy/scene';

const REGIONS = 'regions: [ap-singapore, na-siliconvalley]';

describe('two regions', () => {
  let scene: Scene;

  beforeEach(async () => {
    scene = await Scene.start();
    scene.project.describe((text) => text.replace('region: ap-singapore', REGIONS));
  });
  afterEach(() => scene.stop());

  const urlsIn = (output: string) => [...output.matchAll(/^Public URL: (\S+)$/gm)].map(([, url = '']) => url);

  it('are deployed and removed by one command, and both URLs respond', async () => {
    const created = await scene.deploy();
    expect(created.errors).toBe('');
    const urls = urlsIn(created.output);
    expect(new Set(urls).size).toBe(2);
    for (const url of urls) expect(await openaiResponse(url, 'first-token-0123456789')).toBe(SIMULATED_TEXT);
    expect(scene.scf.calls.map(({ region }) => region).filter((one, at, all) => one !== all[at - 1])).toEqual(
      ['ap-singapore', 'na-siliconvalley'],
    );
    expect(created.output).toContain(
      `ap-singapore      ${urls[0] ?? ''}\nna-siliconvalley  ${urls[1] ?? ''}\n`,
    );
    expect(created.output).toContain(`npm run doctor -- ${urls.join(' ')} --token`);
    expect((await scene.deploy()).writes).toEqual([]);
    expect((await scene.deploy('remove')).writes).toEqual(['DeleteFunction', 'DeleteFunction']);
  });

  it.each(['--json', ''])('deploy to the second if the first is refused (%s)', async (flag) => {
    scene.scf.failNext('CreateFunction', 'FailedOperation.CreateFunction', 'Sold out.');
    const run = await scene.deploy(...(flag === '' ? [] : [flag]));
    expect(run.status).toBe(1);
    expect(run.errors).toContain('ap-singapore failed; see above.');
    const said = run.output + run.errors;
    expect(said).toContain('Sold out.');
    expect(said).toMatch(/^ap-singapore +failed\nna-siliconvalley +http:/m);
    const [url = ''] = urlsIn(said);
    expect(await openaiResponse(url, 'first-token-0123456789')).toBe(SIMULATED_TEXT);
    if (flag === '--json')
      expect(JSON.parse(run.output)).toMatchObject({
        regions: [
          { region: 'ap-singapore', problems: [expect.stringContaining('Sold out.')] },
          { region: 'na-siliconvalley', url, health: { region: 'na-siliconvalley' } },
        ],
      });
  });
});

describe('inputs.regions', () => {
  const read = (replacement: string) =>
    readServerlessFile(SERVERLESS_YML.replace('region: ap-singapore', replacement), {});

  it('is the list of regions, with or without inputs.region', () => {
    for (const lines of [REGIONS, `region: ap-singapore\n  ${REGIONS}`])
      expect(read(lines)).toMatchObject({
        problems: [],
        settings: { region: 'ap-singapore', otherRegions: ['na-siliconvalley'] },
      });
  });

  it.each([
    ['regions: ap-singapore', 'inputs.regions must be a list'],
    ['regions: [ap-singapore, ap-singapore]', 'a region twice'],
    [`region: ap-tokyo\n  ${REGIONS}`, 'inputs.region must be the first of inputs.regions'],
    ['regions: []', 'inputs.region is missing'],
    ['regions: [ap-singapore, 3]', 'inputs.regions[1] must be a text'],
  ])('as %s is rejected: %s', (lines, problem) => {
    expect(read(lines).problems.join('\n')).toContain(problem);
  });

  it('with a region that providers refuse is rejected before anything is sent', async () => {
    const scene = await Scene.start();
    scene.project.describe((text) =>
      text.replace('region: ap-singapore', 'regions: [ap-singapore, ap-hongkong]'),
    );
    const { status, errors, calls } = await scene.deploy();
    expect({ status, calls }).toEqual({ status: 1, calls: [] });
    expect(errors).toContain('ap-hongkong cannot be used');
    await scene.stop();
  });
});
