import type { Peer, UpstreamAddress } from '../peer';
import { runFolder, systemBinary, versionOf, written } from '../system-package';
import { caddyConfiguration } from './configuration';

/** Caddy on one core: the cost of a relay written in Go. */
export const caddy: Peer = {
  name: 'caddy',
  title: 'Caddy',
  speaksTls: true,
  relaysWebSockets: true,
  prepare() {
    const binary = systemBinary('caddy');
    if (binary === undefined) throw new Error('it is not installed (apt-get install caddy)');
    return Promise.resolve({
      version: versionOf(binary, 'version', /^v?(\d[\d.]*)/m),
      command: (port: number, upstream: UpstreamAddress) => {
        const folder = runFolder(`caddy-${port}`);
        const file = written(folder, 'Caddyfile', caddyConfiguration(port, upstream, folder));
        return {
          command: [binary, 'run', '--config', file, '--adapter', 'caddyfile'],
          environment: { GOMAXPROCS: '1', HOME: folder },
          folder,
        };
      },
    });
  },
};
