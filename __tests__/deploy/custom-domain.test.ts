import https from 'node:https';
import type { LocalScfOptions } from '../../scripts/local-scf';
import { TEST_CA, TEST_TLS } from '../helpers/tls';
import { Scene } from '../scripts/deploy/scene';

const DOMAIN = 'llm.example.com';
const TARGET = '1250000000.ap-singapore.tencentscf.com';
const RECORD = `  ${DOMAIN}  CNAME  ${TARGET}\n`;

let scene: Scene;
let dns: Map<string, string>;
let nowMs: number;
/** Called at each pause of the wait for DNS. */
let onPause: (count: number) => void;

beforeEach(async () => {
  dns = new Map();
  nowMs = 0;
  onPause = () => undefined;
  await start();
  use({});
});
afterEach(() => scene.stop());

async function start(): Promise<void> {
  const domains: LocalScfOptions['domains'] = {
    cnameOf: (name) => dns.get(name),
    certificates: { certFirst: DOMAIN, certSecond: DOMAIN, certOther: 'www.example.com' },
    tls: TEST_TLS,
  };
  scene = await Scene.start({ domains });
  scene.project.environment['TENCENT_APP_ID'] = '1250000000';
  let pauses = 0;
  scene.project.domainEffects = {
    resolveCname: (name) =>
      dns.has(name) ? Promise.resolve([dns.get(name) ?? '']) : Promise.reject(new Error('ENODATA')),
    nowMs: () => nowMs,
    pause: (ms) => {
      nowMs += ms;
      onPause(++pauses);
      return Promise.resolve();
    },
    get: getDomain,
  };
}

/** Writes the domain into serverless.yml. */
function use(changes: Record<string, string>): void {
  const fields = { domain: DOMAIN, certificateId: 'certFirst', ...changes };
  const lines = Object.entries(fields).map(([key, value]) => `    ${key}: ${value}\n`);
  scene.project.describe((text) => `${text}\n  customDomain:\n${lines.join('')}`);
}

/** A request for the domain, which arrives at the local SCF instead of Tencent's front. */
function getDomain(url: string): Promise<{ status: number; text: string }> {
  const { host, pathname, protocol } = new URL(url);
  expect(protocol).toBe('https:');
  return new Promise((resolve, reject) => {
    const request = https.get(
      {
        host: '127.0.0.1',
        port: scene.scf.domainPort,
        path: pathname,
        headers: { host },
        servername: 'localhost', // the certificate of the tests is for this name
        ca: TEST_CA,
        agent: false,
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    request.on('error', reject);
  });
}

const domainCalls = (calls: readonly string[]) => calls.filter((action) => action.endsWith('CustomDomain'));

describe('a custom domain', () => {
  it('goes from no DNS record to a response, then to a new certificate, and is removed first', async () => {
    onPause = (count) => {
      if (count === 3) dns.set(DOMAIN, TARGET);
    };
    const created = await scene.deploy();
    expect(created.errors).toBe('');
    expect(created.output.startsWith(`The custom domain ${DOMAIN} needs this DNS record:\n${RECORD}`)).toBe(
      true,
    );
    expect(created.output).toContain(`waiting for the DNS record ${DOMAIN} CNAME ${TARGET} (minute 1 of 10)`);
    expect(domainCalls(created.writes)).toEqual(Array.from({ length: 4 }, () => 'CreateCustomDomain'));
    expect(created.output).toMatch(
      /Custom domain: https:\/\/llm\.example\.com\n.*\n?It responds with version/,
    );

    const unchanged = await scene.deploy();
    expect(unchanged.writes).toEqual([]);
    expect(unchanged.output).not.toContain('CNAME');

    use({ certificateId: 'certSecond' });
    expect((await scene.deploy('--dry-run')).output).toContain(
      `- change the custom domain ${DOMAIN}: another certificate`,
    );
    expect((await scene.deploy()).writes).toEqual(['UpdateCustomDomain']);

    const removed = await scene.deploy('remove');
    expect(removed).toMatchObject({ status: 0, writes: ['DeleteCustomDomain', 'DeleteFunction'] });
    expect((await scene.deploy('remove')).writes).toEqual([]);
  });

  it('that DNS never shows is given up after 10 minutes, with the function deployed', async () => {
    const { status, errors, output, writes } = await scene.deploy();
    expect(status).toBe(1);
    expect(errors).toContain(`does not see the DNS record ${DOMAIN} CNAME ${TARGET} after 10 minutes`);
    expect(errors).toContain('its public URL works');
    expect(output).toContain('Public URL: ');
    expect(output).toContain('(minute 10 of 10)');
    expect(domainCalls(writes)).toHaveLength(121); // at once, and then every 5 s
    expect(nowMs).toBe(600_000);
  });

  it('that leads elsewhere in DNS is reported', async () => {
    dns.set(DOMAIN, 'old.example.net');
    const { output } = await scene.deploy('--dry-run');
    expect(output).toContain(`needs this DNS record, which leads to old.example.net now:\n${RECORD}`);
    expect(output).toContain(`- create the custom domain ${DOMAIN}`);
  });

  it('has a target with a placeholder until the number of the account is known', async () => {
    delete scene.project.environment['TENCENT_APP_ID'];
    const { output } = await scene.deploy('--dry-run');
    expect(output).toContain(`${DOMAIN}  CNAME  APPID.ap-singapore.tencentscf.com`);
    expect(output).toContain('TENCENT_APP_ID');
  });

  it('with a certificate for another name is rejected with a remedy', async () => {
    dns.set(DOMAIN, TARGET);
    use({ certificateId: 'certOther' });
    const { status, errors } = await scene.deploy();
    expect(status).toBe(1);
    expect(errors).toContain('FailedOperation.Ssl');
    expect(errors).toContain('inputs.customDomain.certificateId');
  });

  it('and the commands about versions link the console of the international site if TENCENT_ENDPOINT says so', async () => {
    dns.set(DOMAIN, TARGET);
    use({ certificateId: 'certOther' });
    scene.project.environment['TENCENT_ENDPOINT'] = 'intl';
    try {
      const certificate = await scene.deploy();
      scene.scf.failNext('GetFunction', 'FailedOperation.UnOpenedService', 'Not opened.');
      const versions = await scene.deploy('versions');
      expect(certificate.errors).toContain('https://console.tencentcloud.com/ssl');
      expect(versions.errors).toContain('https://console.tencentcloud.com/scf');
      expect(certificate.errors + versions.errors).not.toContain('console.cloud.tencent.com');
    } finally {
      delete scene.project.environment['TENCENT_ENDPOINT'];
    }
  });

  it('of another function is neither changed nor removed', async () => {
    dns.set(DOMAIN, TARGET);
    await scene.deploy();
    const other = (text: string) =>
      `${text.replace(/^ {2}name: scf-llm-proxy$/m, '  name: another-proxy')}\n  customDomain:\n    domain: ${DOMAIN}\n    certificateId: certFirst\n`;
    scene.project.describe(other);
    const { status, errors, writes } = await scene.deploy();
    expect({ status, writes }).toEqual({ status: 1, writes: [] });
    expect(errors).toContain(`${DOMAIN} leads to the function scf-llm-proxy`);
    const removed = await scene.deploy('remove');
    expect(removed.writes).toEqual([]);
    expect(removed.output).toContain('is left as it is');
  });

  it('is in the JSON of a deployment', async () => {
    dns.set(DOMAIN, TARGET);
    expect(JSON.parse((await scene.deploy('--json')).output)).toMatchObject({
      domain: {
        url: `https://${DOMAIN}`,
        changed: `create the custom domain ${DOMAIN}`,
        health: { status: 'ok', region: 'ap-singapore' },
      },
    });
  });

  it('that does not respond is a failure, although the function is deployed', async () => {
    dns.set(DOMAIN, TARGET);
    if (scene.project.domainEffects)
      scene.project.domainEffects = {
        ...scene.project.domainEffects,
        get: () => Promise.resolve({ status: 404, text: '' }),
      };
    const { status, errors } = await scene.deploy();
    expect(status).toBe(1);
    expect(errors).toContain(`https://${DOMAIN}/-/health fails: it responds with status 404`);
    expect(errors).toContain(`npm run doctor -- https://${DOMAIN}`);
  });
});
