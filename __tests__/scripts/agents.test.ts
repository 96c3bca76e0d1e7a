import { checkConnection } from '../../scripts/doctor/connection';
import { call, timedCall } from '../../scripts/doctor/wire';
import { createScfApi } from '../../scripts/deploy/scf-api';
import { STALLED_BODY, startStalled, type StalledServer } from '../helpers/stalled-server';
import { nameAddresses } from '../helpers/name-addresses';

let slow: StalledServer;
afterEach(() => {
  jest.restoreAllMocks();
  slow.stop();
});

/** The second address refuses; the first takes a second for a handshake. */
async function start(secure = false): Promise<void> {
  slow = await startStalled({ secure });
  nameAddresses('localhost', ['127.0.0.1', '127.0.0.2']);
  setTimeout(() => slow.goOn(), 600);
}

describe('A function whose name has two addresses and whose handshake takes a second', () => {
  it('is reached by the doctor’s calls', async () => {
    await start();
    expect((await call(`http://localhost:${slow.port}/`)).text).toBe(STALLED_BODY);
  });

  it('is reached by the doctor’s timed calls', async () => {
    await start();
    expect(await timedCall(`http://localhost:${slow.port}/`, { limitMs: 10_000 })).toMatchObject({
      status: 200,
      complete: true,
    });
  });

  it('has its certificate examined by the doctor', async () => {
    await start(true);
    const base = `https://localhost:${slow.port}`;
    const finding = await checkConnection({
      base,
      token: undefined,
      adminToken: undefined,
      model: undefined,
    });
    expect(finding.detail).toBe('No trusted TLS connection (UNABLE_TO_VERIFY_LEAF_SIGNATURE)');
  });
});

describe('Tencent’s API, where its handshake takes a second', () => {
  it('is reached by a deployment', async () => {
    await start();
    const connection = {
      credentials: { secretId: 'AKIDplanted', secretKey: 'planted' },
      loopback: `localhost:${slow.port}`,
    };
    expect(await createScfApi(connection, 'ap-singapore').deleteFunction('f')).toEqual({ stalled: true });
  });
});
