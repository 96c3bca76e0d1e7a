import type { Peer, UpstreamAddress } from '../peer';
import { runFolder, systemBinary, versionOf, written } from '../system-package';
import { haproxyConfiguration } from './configuration';

/** HAProxy with one thread: the cost of a relay written in C that is a load balancer first. */
export const haproxy: Peer = {
  name: 'haproxy',
  title: 'HAProxy',
  speaksTls: true,
  relaysWebSockets: true,
  prepare() {
    const binary = systemBinary('haproxy');
    if (binary === undefined) throw new Error('it is not installed (apt-get install haproxy)');
    return Promise.resolve({
      version: versionOf(binary, '-v', /version ([\d.]+)/),
      command: (port: number, upstream: UpstreamAddress) => {
        const folder = runFolder(`haproxy-${port}`);
        const file = written(folder, 'haproxy.cfg', haproxyConfiguration(port, upstream));
        return { command: [binary, '-db', '-q', '-f', file] };
      },
    });
  },
};
