import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buildScf } from '../build/build';
import { createSimulatedUpstream } from '../fakes/simulated-upstream';
import { runBundle } from '../shared/run-bundle';
import { demoEnvironment } from './environment';
import { usage } from './usage';

/** `npm run demo`: the built bundle in front of a simulated provider. It needs no key and no network. */
async function main(): Promise<number> {
  const folder = path.resolve(__dirname, '../../dist/demo');
  await buildScf(folder, path.join(folder, 'no-config')); // keys in config/ would need access tokens
  const upstream = createSimulatedUpstream();
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  try {
    return await runBundle({
      folder,
      environment: demoEnvironment(process.env, origin),
      cwd: folder, // there is no .env
      onListening: (port) => {
        console.log(usage(String(port)));
      },
    });
  } finally {
    upstream.closeAllConnections();
    upstream.close();
  }
}

main()
  .then((status) => {
    process.exitCode = status;
  })
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
