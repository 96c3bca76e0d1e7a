import { SIMULATED_TEXT } from '../../scripts/fakes/simulated-replies';
import { startFakeUpstream } from '../../scripts/fakes/fake-upstream';
import { Project } from '../scripts/deploy/project';
import { Scene, openaiResponse, urlIn } from '../scripts/deploy/scene';

it.each([
  ['ap-singapore', true],
  ['ap-tokyo', false],
])('a deployment to Singapore with a SISTER_URL in %s stops for it: %s', async (region, stops) => {
  const project = new Project({ SISTER_URL: `https://1250000000-abc.${region}.tencentscf.com` });
  const { status, errors } = await project.run();
  project.remove();
  expect(status).toBe(1); // in both cases: there are no credentials either
  expect(errors.includes('SISTER_URL is a function in ap-singapore, as this one is')).toBe(stops);
});

it('a function in a refused region streams through its sister, on SCF as locally', async () => {
  const scene = await Scene.start();
  const refusing = await startFakeUpstream();
  refusing.respond((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end('{"error":{"code":"unsupported_country_region_territory","type":"request_forbidden"}}');
  });
  try {
    scene.project.describe((text) => text.replace('region: ap-singapore', 'region: ap-tokyo'));
    const sister = urlIn((await scene.deploy()).output);
    scene.project.describe((text) => text);
    Object.assign(scene.project.environment, { OPENAI_UPSTREAM: refusing.origin, SISTER_URL: sister });
    const first = urlIn((await scene.deploy()).output);
    expect(await openaiResponse(first, 'first-token-0123456789')).toBe(SIMULATED_TEXT);
    expect(refusing.seen).toHaveLength(1);
    expect(JSON.stringify(scene.upstream.seen.map(({ rawHeaders }) => rawHeaders))).not.toMatch(/sister/i);
  } finally {
    await scene.stop();
    await refusing.close();
  }
});
