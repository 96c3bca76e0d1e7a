import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createSimulatedUpstream } from '../fakes/simulated-upstream';
import { simulatedUpstreams } from '../demo/environment';
import { usage } from '../demo/usage';

/**
 * `npm run dev`: the proxy from its sources, in front of a simulated provider, restarted when one of them changes. The
 * configuration comes from the environment and `.env` alone: the build puts `config/` into the bundle.
 */
const ENTRY = path.resolve(__dirname, 'entry.ts');
const TSX = require.resolve('tsx/cli');

/** A restart does not wait long for open streams. */
const SHUTDOWN_GRACE_MS = 1_000;
/** A terminal sends Ctrl-C to all processes, and tsx kills its child on a second signal. */
const BEFORE_SIGNAL_MS = 500;

const port = process.env['PORT'] ?? '9000';
const upstream = createSimulatedUpstream();
upstream.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const watcher = spawn(process.execPath, [TSX, 'watch', '--clear-screen=false', ENTRY], {
    env: {
      SHUTDOWN_GRACE: String(SHUTDOWN_GRACE_MS),
      ...process.env,
      PORT: port,
      ...simulatedUpstreams(origin),
    },
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => setTimeout(() => watcher.kill('SIGTERM'), BEFORE_SIGNAL_MS).unref());
  }
  watcher.once('exit', (code) => {
    upstream.closeAllConnections();
    upstream.close();
    process.exitCode = code ?? 1;
  });
  console.log(`${usage(port)}
It restarts when a file in src/ changes, and ends on Ctrl-C.
`);
});
