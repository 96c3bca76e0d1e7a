import http, { type Server } from 'node:http';
import { smokeTest } from '../../../scripts/deploy/smoke-test';
import { checkHealth } from '../../../scripts/doctor/checks';
import { closeAll, listenOnLoopback } from '../../../scripts/shared/loopback';
import { platformRemedy } from '../../../scripts/shared/platform-statuses';

let server: Server;
let base: string;
let status: number;
let headers: Record<string, string>;

beforeEach(async () => {
  headers = {};
  server = http.createServer((_request, response) => {
    response.writeHead(status, headers).end('{"errorCode":"PortBindingFailed"}');
  });
  base = `http://127.0.0.1:${await listenOnLoopback(server)}`;
});
afterEach(() => closeAll(server));

const health = async () =>
  (await checkHealth({ base, token: undefined, adminToken: undefined, model: undefined }, '1')).finding;

describe('A status of SCF itself', () => {
  it.each([
    [402, 'suspended'],
    [405, 'ended while it started'],
    [406, 'larger than SCF accepts'],
    [407, 'larger than SCF accepts'],
    [410, 'no balance'],
    [432, 'quota of concurrency'],
    [433, 'inputs.timeout'],
    [434, 'inputs.memorySize'],
    [438, 'until it is Active'],
    [446, 'port 9000'],
  ])(
    '%d is distinguished from a wrong address by the doctor and by the deployment, with its remedy.',
    async (code, remedy) => {
      status = code;
      expect(platformRemedy(code)).toContain(remedy);
      expect(await health()).toEqual({
        verdict: 'fail',
        detail: `SCF itself responds, with the status ${code}`,
        remedy: platformRemedy(code),
      });
      expect(await smokeTest(base, undefined, { attempts: 1, pauseMs: 1 })).toMatch(
        new RegExp(`^it responds with status ${code} \\(SCF’s own: .*${remedy}.*(?<!\\.)\\)$`),
      );
    },
  );

  it('is none of another server, and none of the proxy’s own error responses.', async () => {
    status = 404;
    expect((await health()).detail).toContain('the response is not from this proxy');
    expect(await smokeTest(base, undefined, { attempts: 1, pauseMs: 1 })).toBe('it responds with status 404');
    status = 429;
    headers = { 'x-proxy-error': 'too-many-bad-tokens' };
    expect((await health()).detail).toContain('the response is not from this proxy');
  });
});
