import { SIMULATED_TEXT } from '../../../scripts/demo/simulated-replies';
import { Scene, openaiAnswer, urlIn } from './scene';

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.start();
});
afterEach(() => scene.stop());

describe.each(['before', 'after'] as const)('a connection lost %s the call takes effect', (when) => {
  it('at any call of a creation: the next deployment converges', async () => {
    let whole = (await scene.deploy()).calls.length; // looks until the function is active, which may be more next time
    let interrupted = 0;
    for (let at = 0; at < whole; at++) {
      await scene.deploy('remove');
      scene.scf.dropCall(at, when);
      const { calls, status } = await scene.deploy();
      whole = Math.max(whole, calls.length);
      interrupted += status;
      const next = await scene.project.run();
      expect({ at, status: next.status, errors: next.errors }).toEqual({ at, status: 0, errors: '' });
      expect((await scene.deploy()).writes).toEqual([]);
    }
    expect(interrupted).toBe(2); // by the two calls that write; a lost look is only repeated
    expect(await openaiAnswer(urlIn((await scene.deploy()).output), 'first-token')).toBe(SIMULATED_TEXT);
  }, 120_000);

  it('at any call of an update: the next deployment converges', async () => {
    await scene.deploy();
    let whole = 1;
    let interrupted = 0;
    for (let at = 0; at < whole; at++) {
      scene.project.environment['ACCESS_TOKENS'] = `me:token-${at}`;
      scene.project.write('config/more.yaml', `TIMEOUT: ${100_000 + at}\n`);
      scene.scf.dropCall(at, when);
      const { calls, status } = await scene.deploy();
      whole = Math.max(whole, calls.length);
      interrupted += status;
      const next = await scene.project.run();
      expect({ at, status: next.status, errors: next.errors }).toEqual({ at, status: 0, errors: '' });
      expect((await scene.deploy()).writes).toEqual([]);
      expect(await openaiAnswer(urlIn(next.output), `token-${at}`)).toBe(SIMULATED_TEXT);
    }
    expect(interrupted).toBe(2);
  }, 120_000);
});
