import path from 'node:path';
import { buildScf } from '../build/build';
import { createSimulatedUpstream } from '../fakes/simulated-upstream';
import { exitWith } from '../shared/exit-with';
import { listenOnLoopback } from '../shared/loopback';
import { runBundle } from '../shared/run-bundle';
import { demoEnvironment } from './environment';
import { usage } from './usage';

/** `npm run demo`: the built bundle in front of a simulated provider. It needs no key and no network. */
async function main(): Promise<number> {
  const folder = path.resolve(__dirname, '../../dist/demo');
  await buildScf(folder, path.join(folder, 'no-config')); // keys in config/ would need access tokens
  const upstream = createSimulatedUpstream();
  const origin = `http://127.0.0.1:${await listenOnLoopback(upstream)}`;
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

exitWith(main);
