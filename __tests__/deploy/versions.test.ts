import { routeBefore, routeFor, routeOf, type Route } from '../../scripts/deploy/versions/route';
import { Scene, urlIn } from '../scripts/deploy/scene';

const LATEST = '$LATEST';

describe('with publish: true', () => {
  let scene: Scene;

  beforeEach(async () => {
    scene = await Scene.start();
    scene.project.describe((text) => `${text}\n  publish: true\n`);
  });
  afterEach(() => scene.stop());

  const useToken = (token: string) => {
    scene.project.environment['ACCESS_TOKENS'] = `me:${token}`;
  };
  const [FIRST, SECOND] = ['first-token-0123456789', 'second-token-0123456789'] as const;
  /** Whether the version that responds has this token; a wrong one gets 401, and 429 after some. */
  async function accepts(url: string, token: string): Promise<boolean> {
    const response = await fetch(`${url}/openai/v1/models`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    expect([200, 401, 429]).toContain(response.status);
    return response.status === 200;
  }

  it('each change is published and served, can be rolled back, and is not published twice', async () => {
    const created = await scene.deploy();
    expect(created.errors).toBe('');
    expect(created.writes).toEqual(['CreateFunction', 'CreateTrigger', 'UpdateAlias']);
    expect(created.calls).toContain('PublishVersion');
    expect(created.output).toContain('- publish version 1\n- serve version 1\n');
    const url = urlIn(created.output);

    useToken(SECOND);
    expect((await scene.deploy('--dry-run')).output).toContain(
      '- publish a version, and give it all requests\n',
    );
    expect((await scene.deploy()).writes).toEqual(['UpdateFunctionConfiguration', 'UpdateAlias']);
    expect([await accepts(url, FIRST), await accepts(url, SECOND)]).toEqual([false, true]);

    const listed = (await scene.deploy('versions')).output;
    expect(listed).toMatch(
      /serves version 2\.\n +2 .*version \S+ commit \w+ {2}← 100 % of the requests\n +1 /,
    );
    const rolledBack = await scene.deploy('rollback');
    expect(rolledBack.errors).toBe('');
    expect(rolledBack.writes).toEqual(['UpdateAlias']);
    expect(rolledBack.output).toContain('version 2 → version 1.');
    expect(rolledBack.output).toMatch(/responds with version/);
    expect([await accepts(url, FIRST), await accepts(url, SECOND)]).toEqual([true, false]);
    expect((await scene.deploy('rollback')).errors).toContain('There is no version before');

    const again = await scene.deploy();
    expect(again.calls).not.toContain('PublishVersion');
    expect(again.writes).toEqual(['UpdateAlias']);
    expect(await accepts(url, SECOND)).toBe(true);
    const unchanged = await scene.deploy();
    expect({ writes: unchanged.writes, output: unchanged.output }).toEqual({
      writes: [],
      output: expect.stringContaining('Nothing changed') as string,
    });
    expect((await scene.deploy('rollback', '7')).errors).toContain('There is no version 7. Published: 1, 2.');
    expect((await scene.deploy('rollback', 'latest', '--dry-run')).writes).toEqual([]);
    await scene.deploy('rollback', 'latest');
    expect((await scene.deploy('versions')).output).toContain('serves what was deployed last');
  });

  it('a gradual change gives the new version its share, grows, and can be ended', async () => {
    const url = urlIn((await scene.deploy()).output);
    useToken(SECOND);
    const gradual = await scene.deploy('--percent', '10');
    expect(gradual.errors).toBe('');
    expect(gradual.output).toContain('- serve version 1 (90 %) and version 2 (10 %)\n');
    const served: boolean[] = [];
    for (let left = 20; left > 0; left--) served.push(await accepts(url, SECOND));
    expect(served.filter((isNew) => isNew)).toHaveLength(2);

    const more = await scene.deploy('--percent', '50');
    expect(more.writes).toEqual(['UpdateAlias']);
    expect(more.output).toContain('- serve version 1 (50 %) and version 2 (50 %)\n');
    expect((await scene.deploy('rollback')).output).toContain('→ version 1.');
    expect(await accepts(url, SECOND)).toBe(false);
    expect((await scene.deploy()).output).toContain('- serve version 2\n');
  });

  it('a gradual change is refused before anything is sent if there is no version for the others', async () => {
    for (const args of [
      ['--percent', '10'],
      ['--percent', '10', '--dry-run'],
    ]) {
      const { status, errors, writes } = await scene.deploy(...args);
      expect({ status, writes }).toEqual({ status: 1, writes: [] });
      expect(errors).toContain('Deploy once without it');
    }
    scene.project.describe((text) => text);
    expect((await scene.deploy('--percent', '10')).errors).toContain('publish: true');
    for (const wrong of ['0', '101', '1.5', 'ten'])
      expect((await scene.deploy('--percent', wrong)).errors).toContain('Unknown arguments');
  });

  it('a version whose response was lost is found by the next deployment', async () => {
    await scene.deploy();
    useToken(SECOND);
    scene.scf.dropCall('PublishVersion', 0, 'after');
    expect((await scene.deploy()).status).toBe(1);
    const next = await scene.deploy();
    expect(next.status).toBe(0);
    expect(next.calls).not.toContain('PublishVersion');
    expect(next.output).toContain('- serve version 2\n');
  });

  it('turned off again, the next deployment lets the URL serve what was deployed last', async () => {
    const url = urlIn((await scene.deploy()).output);
    scene.project.describe((text) => text);
    useToken(SECOND);
    expect((await scene.deploy('--dry-run')).output).toContain('- serve what was deployed last\n');
    expect((await scene.deploy()).output).toContain('- serve what was deployed last\n');
    expect(await accepts(url, SECOND)).toBe(true);
    expect((await scene.deploy()).writes).toEqual([]);
  });
});

it('lists no versions of a function that is not there', async () => {
  const scene = await Scene.start();
  const { status, errors } = await scene.deploy('versions');
  expect({ status, errors }).toEqual({
    status: 1,
    errors: expect.stringContaining('There is no function scf-llm-proxy in ap-singapore') as string,
  });
  await scene.stop();
});

describe('the route of the public URL', () => {
  const part = (main: string, version: string, percent: number): Route => ({
    main,
    additional: { version, percent },
  });

  it.each<[string, Route, string, number | undefined, Route]>([
    ['a first version gets all requests', { main: LATEST }, '1', undefined, { main: '1' }],
    ['a new version gets all requests', { main: '1' }, '2', undefined, { main: '2' }],
    ['a new version gets a share', { main: '1' }, '2', 10, part('1', '2', 10)],
    ['a share grows', part('1', '2', 10), '2', 50, part('1', '2', 50)],
    ['a share becomes all', part('1', '2', 50), '2', undefined, { main: '2' }],
    ['100 % are all', part('1', '2', 50), '2', 100, { main: '2' }],
    ['a third version replaces the second', part('1', '2', 10), '3', 5, part('1', '3', 5)],
    ['nothing is shared with itself', { main: '2' }, '2', 10, { main: '2' }],
  ])('%s', (_what, now, newest, percent, expected) => {
    expect(routeFor(now, newest, percent)).toEqual(expected);
  });

  it.each<[string, Route, string[], Route | undefined]>([
    ['to the version before', { main: '10' }, ['1', '2', '9', '10'], { main: '9' }],
    ['to the last one from what is not published', { main: LATEST }, ['1', '2'], { main: '2' }],
    ['to the main version during a gradual change', part('2', '3', 10), ['1', '2', '3'], { main: '2' }],
    ['nowhere from the first', { main: '1' }, ['1', '2'], undefined],
    ['nowhere without versions', { main: LATEST }, [], undefined],
  ])('goes back %s', (_what, now, published, expected) => {
    expect(routeBefore(now, published)).toEqual(expected);
  });

  it.each([
    [{ FunctionVersion: '3' }, { main: '3' }],
    [{}, { main: LATEST }],
    [
      {
        FunctionVersion: '3',
        RoutingConfig: { AdditionalVersionWeights: [{ Version: '4', Weight: 0.29 }] },
      },
      part('3', '4', 29),
    ],
    [
      { FunctionVersion: '3', RoutingConfig: { AdditionalVersionWeights: [{ Version: '4', Weight: 0 }] } },
      { main: '3' },
    ],
  ])('is read from %j', (alias, route) => {
    expect(routeOf(alias)).toEqual(route);
  });
});
