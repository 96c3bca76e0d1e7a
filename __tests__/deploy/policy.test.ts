import { policyFor } from '../../scripts/deploy/policy';
import type { FunctionSettings } from '../../scripts/deploy/serverless-file';
import { Scene, urlIn } from '../scripts/deploy/scene';

const DOMAIN = 'llm.example.com';
const TARGET = '1250000000.ap-singapore.tencentscf.com';

type Described = Pick<FunctionSettings, 'publish' | 'customDomain' | 'logs'>;
const WITH_ALL: Described = {
  publish: true,
  customDomain: { domain: DOMAIN, certificateId: 'certFirst', protocol: 'HTTPS' },
  logs: false,
};

it('The policy has exactly the calls that versions and a custom domain make, from a first deployment to the removal.', async () => {
  const certificates = { certFirst: DOMAIN, certSecond: DOMAIN };
  const scene = await Scene.start({ domains: { cnameOf: () => TARGET, certificates } });
  const domainWith = (certificateId: string) =>
    `  customDomain: { domain: ${DOMAIN}, certificateId: ${certificateId} }\n`;
  try {
    scene.project.environment['TENCENT_APP_ID'] = '1250000000';
    scene.project.describe((text) => `${text}\n  publish: true\n`);
    const url = urlIn((await scene.deploy()).output);
    scene.project.domainEffects = {
      resolveCname: () => Promise.resolve([TARGET]),
      nowMs: () => 0,
      pause: () => Promise.resolve(),
      get: async (address) => {
        const response = await fetch(url + new URL(address).pathname);
        return { status: response.status, text: await response.text() };
      },
    };
    scene.project.write('config/more.yaml', 'DEFAULT_PROVIDER: anthropic\n');
    scene.project.describe(
      (text) =>
        `${text.replace('timeout: 900', 'timeout: 600').replace('enableIntranet: false', 'enableIntranet: true')}\n  publish: true\n${domainWith('certFirst')}`,
    );
    expect(await scene.deploy()).toMatchObject({ status: 0, errors: '' });
    scene.project.describe((text) => `${text}\n  publish: true\n${domainWith('certSecond')}`);
    for (const args of [[], ['versions'], ['rollback'], ['remove']])
      expect(await scene.deploy(...args)).toMatchObject({ status: 0, errors: '' });
    const called = new Set(scene.scf.calls.map(({ action }) => `scf:${action}`));
    const [{ action: permitted }] = policyFor(WITH_ALL).statement;
    expect([...permitted].sort()).toEqual([...called].sort());
  } finally {
    await scene.stop();
  }
});

it.each<[string, Partial<Described>, RegExp]>([
  ['versions', { publish: false }, /:(?:PublishVersion|ListVersionByFunction|UpdateAlias)$/],
  ['a custom domain', { customDomain: undefined }, /CustomDomain$/],
])('The policy permits no calls for %s if serverless.yml describes none.', (_what, without, calls) => {
  const permitted = (changes: Partial<Described>) =>
    policyFor({ ...WITH_ALL, ...changes }).statement[0].action.filter((one) => calls.test(one));
  expect(permitted({})).not.toEqual([]);
  expect(permitted(without)).toEqual([]);
});

it('The policy names no function: CAM refuses a call of the operation level that is limited to a resource.', () => {
  expect(policyFor(WITH_ALL).statement.map(({ resource }) => resource)).toEqual([['*']]);
});
