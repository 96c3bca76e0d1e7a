import path from 'node:path';
import { installed } from '../../rig/cache';
import type { Peer, UpstreamAddress } from '../peer';

const VERSION = '1.15.2';

/** Portkey's gateway. With newer releases of these two dependencies, its streams fail on Node 20. */
const OVERRIDES = { hono: '4.9.7', '@hono/node-server': '1.13.8' };

export const portkey: Peer = {
  name: 'portkey',
  title: 'Portkey gateway',
  speaksTls: false,
  prepare() {
    const folder = installed('portkey', {
      dependencies: { '@portkey-ai/gateway': VERSION },
      overrides: OVERRIDES,
    });
    const file = path.join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
    return Promise.resolve({
      version: VERSION,
      command: (port: number) => ({
        command: [process.execPath, file, `--port=${port}`, '--headless'],
        environment: { NODE_ENV: 'production' },
        folder,
      }),
      client: ({ origin }: UpstreamAddress) => ({
        headers: { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${origin}/v1` },
      }),
    });
  },
};
