import { startFakeRealtime } from '../../helpers/fake-realtime';
import { echo, type FakeSockets } from '../../helpers/fake-sockets';
import { until } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import { openSocket, type OpenSocket } from '../../helpers/socket-client';

let realtime: FakeSockets;

beforeAll(async () => (realtime = await startFakeRealtime()));
afterAll(() => realtime.close());
beforeEach(() => realtime.reset());

const opened = ({ url }: RunningBundle) =>
  openSocket(url, '/v1/realtime?model=m', { headers: { authorization: 'Bearer sk-own' } });

describe('silence', () => {
  let strict: RunningBundle;
  beforeAll(
    async () => (strict = await startBundle({ OPENAI_UPSTREAM: realtime.origin, IDLE_TIMEOUT: '300' })),
  );
  afterAll(() => strict.stop());

  it.each([
    ['the upstream', 'down'],
    ['the client', 'up'],
  ])('ends nothing as long as %s speaks; then both sides, after IDLE_TIMEOUT', async (_who, direction) => {
    let heard = 0;
    let ticking: NodeJS.Timeout | undefined;
    const tick = ({ socket }: Pick<OpenSocket, 'socket'>) =>
      (ticking = setInterval(() => socket.send('tick'), 50));
    realtime.behave((connection) => {
      connection.socket.on('message', () => heard++);
      if (direction === 'down') tick(connection);
    });
    const logged = strict.log.length;
    const client = await opened(strict);
    if (direction === 'up') tick(client);
    await until('it spoke for three times that long', () => Math.max(heard, client.messages.length) >= 18);
    expect(realtime.closes).toHaveLength(0);
    clearInterval(ticking);
    const atMs = performance.now();
    const { atMs: closedAtMs } = await client.closed;
    await until('the upstream was closed', () => realtime.closes.length === 1);
    expect(closedAtMs - atMs).toBeGreaterThan(200);
    expect(closedAtMs - atMs).toBeLessThan(1_000);
    await until('it was logged', () => strict.log.length > logged);
    expect(strict.log[logged]).toMatchObject({ status: 101, outcome: 'idle-timeout' });
  });
});

describe('SIGTERM', () => {
  it('keeps an open socket until SHUTDOWN_GRACE ends, then closes it and exits with 0', async () => {
    realtime.behave(echo);
    const stopping = await startBundle({ OPENAI_UPSTREAM: realtime.origin, SHUTDOWN_GRACE: '600' });
    const { socket, messages, closed } = await opened(stopping);
    const atMs = performance.now();
    stopping.process.kill('SIGTERM');
    await until('it is stopping', () => stopping.log.some((line) => line['msg'] === 'stopping'));
    await expect(opened(stopping)).rejects.toThrow(); // no client is accepted any more
    socket.send('still there?');
    await until('it was echoed', () => messages.length === 1);
    const closing = await closed;
    expect(closing.atMs - atMs).toBeGreaterThan(550);
    expect(await stopping.exited).toBe(0);
    expect(performance.now() - atMs).toBeLessThan(3_000);
    await until('the upstream was left', () => realtime.open.size === 0);
    expect(stopping.log.filter((line) => line['status'] === 101)).toHaveLength(1);
  });

  it('waits for nothing once the last socket is closed', async () => {
    realtime.behave(echo);
    const stopping = await startBundle({ OPENAI_UPSTREAM: realtime.origin, SHUTDOWN_GRACE: '20000' });
    const { socket } = await opened(stopping);
    stopping.process.kill('SIGTERM');
    await until('it is stopping', () => stopping.log.some((line) => line['msg'] === 'stopping'));
    const atMs = performance.now();
    socket.close(1000);
    expect(await stopping.exited).toBe(0);
    expect(performance.now() - atMs).toBeLessThan(2_000);
  });
});
