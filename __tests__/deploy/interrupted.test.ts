import { SIMULATED_TEXT } from '../../scripts/fakes/simulated-replies';
import { Scene, openaiResponse, urlIn } from '../scripts/deploy/scene';

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.start();
});
afterEach(() => scene.stop());

/**
 * Each call by its action and how many of that action came before: the number of reads of a changing function varies.
 */
function numbered(calls: readonly string[]): { action: string; n: number }[] {
  return calls.map((action, at) => ({
    action,
    n: calls.slice(0, at).filter((one) => one === action).length,
  }));
}

describe.each(['before', 'after'] as const)('a connection lost %s the call takes effect', (when) => {
  it('at any call of a creation: the next deployment converges', async () => {
    const { calls } = await scene.deploy();
    const interrupted: string[] = [];
    for (const { action, n } of numbered(calls)) {
      await scene.deploy('remove');
      scene.scf.dropCall(action, n, when);
      if ((await scene.deploy()).status !== 0) interrupted.push(action);
      const next = await scene.project.run();
      expect({ action, n, status: next.status, errors: next.errors }).toEqual({
        action,
        n,
        status: 0,
        errors: '',
      });
      expect((await scene.deploy()).writes).toEqual([]);
    }
    expect(interrupted).toEqual(['CreateFunction', 'CreateTrigger']); // a lost read is only repeated
    expect(await openaiResponse(urlIn((await scene.deploy()).output), 'first-token-0123456789')).toBe(
      SIMULATED_TEXT,
    );
  }, 120_000);

  it('at any call of an update: the next deployment converges', async () => {
    await scene.deploy();
    const change = (version: number) => {
      scene.project.environment['ACCESS_TOKENS'] = `me:token-0123456789-${version}`;
      scene.project.write('config/more.yaml', `TIMEOUT: ${100_000 + version}\n`);
    };
    change(0);
    const { calls } = await scene.deploy();
    const interrupted: string[] = [];
    for (const [at, { action, n }] of numbered(calls).entries()) {
      const version = at + 1;
      change(version);
      scene.scf.dropCall(action, n, when);
      if ((await scene.deploy()).status !== 0) interrupted.push(action);
      const next = await scene.project.run();
      expect({ action, n, status: next.status, errors: next.errors }).toEqual({
        action,
        n,
        status: 0,
        errors: '',
      });
      expect((await scene.deploy()).writes).toEqual([]);
      expect(await openaiResponse(urlIn(next.output), `token-0123456789-${version}`)).toBe(SIMULATED_TEXT);
    }
    expect(interrupted).toEqual(['UpdateFunctionCode', 'UpdateFunctionConfiguration']);
  }, 120_000);
});
