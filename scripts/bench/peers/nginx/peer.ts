import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { CACHE } from '../../rig/cache';
import type { Peer, UpstreamAddress } from '../peer';
import { runFolder, systemBinary, versionOf, written } from '../system-package';
import { nginxConfiguration } from './configuration';

const FETCH_MS = 120_000;

/** nginx with one worker and no buffering: the cost of a relay written in C. */
export const nginx: Peer = {
  name: 'nginx',
  title: 'nginx',
  speaksTls: true,
  relaysWebSockets: true,
  prepare() {
    const binary = systemBinary('nginx') ?? unpacked();
    return Promise.resolve({
      version: versionOf(binary, '-v', /nginx\/([\d.]+)/),
      command: (port: number, upstream: UpstreamAddress) => {
        const folder = runFolder(`nginx-${port}`);
        const file = written(folder, 'nginx.conf', nginxConfiguration(port, upstream, folder));
        return { command: [binary, '-c', file, '-p', folder, '-e', '/dev/null'] };
      },
    });
  },
};

/** Debian's package, unpacked into the cache: nothing is installed, and root is not needed. */
function unpacked(): string {
  const folder = path.join(CACHE, 'nginx');
  const binary = path.join(folder, 'usr/sbin/nginx');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const options = { cwd: folder, stdio: 'ignore', timeout: FETCH_MS } as const;
  execFileSync('apt-get', ['download', 'nginx'], options);
  const archive = readdirSync(folder).find((file) => file.endsWith('.deb')) ?? '';
  execFileSync('dpkg', ['-x', archive, '.'], options);
  return binary;
}
