import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { variableRows } from '../../src/config/provider-variables';
import { createSimulatedUpstream } from '../fakes/simulated-upstream';
import { usage } from './usage';

/** Runs the built bundle as SCF would, in front of a simulated upstream: no key and no network needed. */
const port = process.env['PORT'] ?? '9000';
const upstream = createSimulatedUpstream();
upstream.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const proxy = spawn(path.resolve(__dirname, '../../dist/scf/scf_bootstrap'), {
    env: { ...withoutSecrets(process.env), PORT: port, OPENAI_UPSTREAM: origin, ANTHROPIC_UPSTREAM: origin },
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => proxy.kill('SIGTERM'));
  proxy.on('exit', (code) => {
    upstream.closeAllConnections();
    upstream.close();
    process.exitCode = code ?? 1;
  });
  console.log(usage(port));
});

/** Removes this machine's keys and tokens: a key in OPENAI_API_KEY would become a server key, which requires access tokens. */
function withoutSecrets(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const secrets = new Set(
    variableRows().flatMap(({ secret, name, alias }) => (secret === true ? [name, alias] : [])),
  );
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !secrets.has(name)));
}
