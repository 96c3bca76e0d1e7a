import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createSimulatedUpstream } from './simulated-upstream';

/** Runs the built bundle as SCF would, in front of a simulated upstream: no key and no network needed. */
const port = process.env['PORT'] ?? '9000';
const upstream = createSimulatedUpstream();
upstream.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const proxy = spawn(path.resolve(__dirname, '../../dist/scf/scf_bootstrap'), {
    env: { ...process.env, PORT: port, OPENAI_UPSTREAM: origin, ANTHROPIC_UPSTREAM: origin },
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => proxy.kill('SIGTERM'));
  proxy.on('exit', (code) => {
    upstream.closeAllConnections();
    upstream.close();
    process.exitCode = code ?? 1;
  });
  console.log(`The proxy runs on http://localhost:${port} in front of a simulated upstream. In another terminal:

curl -N http://localhost:${port}/v1/chat/completions -H 'Authorization: Bearer any' -H 'Content-Type: application/json' -d '{"model":"demo","stream":true,"messages":[{"role":"user","content":"Hi"}]}'
`);
});
