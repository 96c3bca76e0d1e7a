import { readConnection } from '../../../scripts/deploy/connection';
import { httpGet } from '../../../scripts/deploy/http-get';
import { createScfApi } from '../../../scripts/deploy/scf-api';
import { smokeTest } from '../../../scripts/deploy/smoke-test';
import { createSearchLog } from '../../../scripts/logs/cls-api';
import { startConnectProxy, type ConnectProxy } from '../../helpers/connect-proxy';

const SECRETS = { TENCENT_SECRET_ID: 'AKIDplanted', TENCENT_SECRET_KEY: 'planted-secret-key' };
const URL_OF_FUNCTION = 'https://1250000000-abc.ap-singapore.tencentscf.com';

/** A proxy that opens no tunnel: nothing leaves this machine. */
let network: ConnectProxy;
beforeEach(async () => {
  network = await startConnectProxy();
  network.respondWith(503);
});
afterEach(() => network.close());

const authorities = () => [...new Set(network.requests.map(({ authority }) => authority))];

describe.each(['HTTPS_PROXY', 'all_proxy'])('With %s, the HTTP proxy of the network', (name) => {
  const connection = (more: Record<string, string> = {}) =>
    readConnection({ ...SECRETS, [name]: `http://127.0.0.1:${network.port}`, ...more });

  it.each([
    [{}, 'scf.tencentcloudapi.com:443'],
    [{ TENCENT_ENDPOINT: 'intl' }, 'scf.intl.tencentcloudapi.com:443'],
  ])('is asked for a tunnel to Tencent’s API (%j)', async (more, authority) => {
    await expect(createScfApi(connection(more), 'ap-singapore', 1).getFunction('f')).rejects.toMatchObject({
      code: '',
    });
    expect(authorities()).toEqual([authority]);
  });

  it('is asked for a tunnel to the log', async () => {
    const search = createSearchLog(connection(), 'ap-singapore', 1);
    await expect(search({ TopicId: 't', From: 0, To: 1, Query: '*' })).rejects.toMatchObject({ code: '' });
    expect(authorities()).toEqual(['cls.tencentcloudapi.com:443']);
  });

  it('is asked for a tunnel to the function that was deployed', async () => {
    const get = httpGet(connection().httpProxy);
    const pace = { attempts: 2, pauseMs: 1, get };
    expect(await smokeTest(URL_OF_FUNCTION, undefined, pace)).toContain('it does not respond (');
    expect(network.requests.map(({ authority }) => authority)).toEqual(
      Array.from({ length: 2 }, () => '1250000000-abc.ap-singapore.tencentscf.com:443'),
    );
  });

  it('is left aside for hosts in NO_PROXY', () => {
    const { httpProxy } = connection({ NO_PROXY: '.tencentcloudapi.com' });
    expect(httpProxy?.('scf.tencentcloudapi.com', 443)).toBeUndefined();
    expect(httpProxy?.('example.com', 443)).toMatchObject({ port: network.port });
  });
});

it('Without such a variable, or with SOCKS, connections are direct', () => {
  expect(readConnection(SECRETS).httpProxy).toBeUndefined();
  expect(readConnection({ ...SECRETS, ALL_PROXY: 'socks5://127.0.0.1:1080' }).httpProxy).toBeUndefined();
});
