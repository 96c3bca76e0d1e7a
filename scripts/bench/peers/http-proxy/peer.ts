import path from 'node:path';
import { compiled, installed } from '../../rig/cache';
import type { Peer } from '../peer';

const VERSION = '1.18.1';

export const httpProxy: Peer = {
  name: 'http-proxy',
  title: 'http-proxy',
  speaksTls: false,
  relaysWebSockets: true,
  async prepare() {
    const folder = installed('http-proxy', { dependencies: { 'http-proxy': VERSION } });
    const file = await compiled('bench/peers/http-proxy/server');
    return {
      version: VERSION,
      command: (port, { origin }) => ({
        command: [process.execPath, file],
        environment: {
          PORT: String(port),
          UPSTREAM: origin,
          PACKAGES: path.join(folder, 'package.json'),
        },
      }),
    };
  },
};
