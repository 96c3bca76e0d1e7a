import { logs } from '../scripts/logs/run';
import { usage, lineOf } from '../scripts/usage/run';
import { Scene } from '../scripts/deploy/scene';

describe('The log of a function in two regions', () => {
  let scene: Scene;
  const place = () => ({ root: scene.project.root, environment: scene.project.environment });

  beforeAll(async () => {
    scene = await Scene.start();
    scene.project.describe((text) =>
      text.replace('region: ap-singapore', 'regions: [ap-singapore, na-siliconvalley]'),
    );
    expect((await scene.deploy()).errors).toBe('');
    for (const [region, token] of [
      ['ap-singapore', 'laptop'],
      ['na-siliconvalley', 'phone'],
    ] as const)
      scene.scf.writeLog(
        { name: 'scf-llm-proxy', region },
        lineOf({ token, time: new Date().toISOString() }),
      );
  });
  afterAll(() => scene.stop());

  it('is that of the first, which is said, and of the other with --region.', async () => {
    const first = await logs([], place());
    expect(first.output).toContain('laptop');
    expect(first.output).not.toContain('phone');
    expect(first.errors).toContain('The log of ap-singapore. For that of na-siliconvalley: --region');
    const second = await logs(['--region', 'na-siliconvalley'], place());
    expect(second.output).toContain('phone');
    expect(second.output).not.toContain('laptop');
    expect(second.errors).toBe('');
  });

  it('is not looked for in a region that serverless.yml does not name.', async () => {
    const { status, errors } = await logs(['--region', 'ap-tokyo'], place());
    expect(status).toBe(1);
    expect(errors).toContain('ap-singapore or na-siliconvalley');
    expect((await logs(['--region', 'ap-tokyo', 'proxy.log'], place())).status).toBe(2);
  });

  it('is summed up by npm run usage.', async () => {
    const { output, errors } = await usage(['--json'], place());
    expect(errors).toBe('');
    const { rows } = JSON.parse(output) as { rows: { token: string }[] };
    expect(rows.map(({ token }) => token)).toEqual(expect.arrayContaining(['laptop', 'phone']));
  });
});
