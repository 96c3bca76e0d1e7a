import path from 'node:path';
import { compiled } from './cache';
import { freePort } from '../../shared/loopback';
import { listening } from './ports';
import { start, type Started } from './processes';

const TLS = path.resolve(__dirname, '../../../__tests__/fixtures/tls');

/** The certificate authority of the upstream's certificate: for `NODE_EXTRA_CA_CERTS`. */
export const UPSTREAM_CA = path.join(TLS, 'ca.crt');

/** Where the fake upstream finds its certificate. */
export const UPSTREAM_TLS = {
  TLS_KEY: path.join(TLS, 'localhost.key'),
  TLS_CERT: path.join(TLS, 'localhost.crt'),
};

/** The fake provider (`scripts/fakes/bench-upstream.ts`), in its own process. */
export interface Upstream {
  readonly port: number;
  readonly origin: string;
  readonly tlsOrigin: string;
  readonly process: Started;
}

export async function startUpstream(core: number | undefined): Promise<Upstream> {
  const port = await freePort();
  const tlsPort = await freePort();
  const environment = {
    PORT: String(port),
    TLS_PORT: String(tlsPort),
    ...UPSTREAM_TLS,
  };
  const started = await start(
    { command: [process.execPath, await compiled('fakes/bench-upstream')], environment },
    core,
  );
  await listening(port, started);
  await listening(tlsPort, started);
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    tlsOrigin: `https://localhost:${tlsPort}`,
    process: started,
  };
}
