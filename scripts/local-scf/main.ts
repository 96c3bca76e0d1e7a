import { randomBytes } from 'node:crypto';
import { runCommand } from '../deploy/command';
import { createSimulatedUpstream } from '../fakes/simulated-upstream';
import { listenOnLoopback } from '../shared/loopback';
import { startLocalScf } from '.';

/**
 * `npm run try:deploy`: deploys this project to an SCF on this machine, with a simulated provider behind it, and keeps it
 * running until Ctrl-C. It needs no account, no key and no network, and runs the code of `npm run deploy`.
 */
async function main(): Promise<void> {
  const upstream = createSimulatedUpstream();
  const origin = `http://127.0.0.1:${await listenOnLoopback(upstream)}`;
  const scf = await startLocalScf();
  const token = randomBytes(16).toString('hex');
  const status = await runCommand({
    arguments: process.argv.slice(2),
    environment: {
      TENCENT_SECRET_ID: scf.credentials.secretId,
      TENCENT_SECRET_KEY: scf.credentials.secretKey,
      TENCENT_SCF_ENDPOINT: scf.endpoint,
      OPENAI_UPSTREAM: origin,
      ANTHROPIC_UPSTREAM: origin,
      OPENAI_API_KEYS: 'sk-simulated',
      ACCESS_TOKENS: `me:${token}`,
    },
    output: process.stdout,
    errorOutput: process.stderr,
    pace: { pollMs: 50, limitMs: 10_000, attempts: 10, pauseMs: 200 },
  });
  const stop = async () => {
    await scf.close();
    upstream.closeAllConnections();
    upstream.close();
  };
  if (status !== 0) {
    await stop();
    process.exitCode = status;
    return;
  }
  console.log(`
The access token is ${token}. Send a request to the public URL above:
curl -N URL/v1/chat/completions -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{"model":"demo","stream":true,"messages":[{"role":"user","content":"Hi"}]}'
Ctrl-C ends it.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
}

void main();
