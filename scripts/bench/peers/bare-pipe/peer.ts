import { compiled } from '../../rig/cache';
import { trusting, type Peer } from '../peer';

/** `http.createServer`, `http.request` and `pipe` (`server.ts`): the base of all ratios. */
export const barePipe: Peer = {
  name: 'pipe',
  title: 'bare pipe',
  speaksTls: true,
  relaysWebSockets: true,
  async prepare() {
    const file = await compiled('bench/peers/bare-pipe/server');
    return {
      version: `Node ${process.versions.node}`,
      command: (port, upstream) => ({
        command: [process.execPath, file],
        environment: { PORT: String(port), UPSTREAM: upstream.origin, ...trusting(upstream) },
      }),
    };
  },
};
