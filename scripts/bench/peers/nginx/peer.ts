import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CACHE, RUN } from '../../rig/cache';
import { onPath } from '../../rig/cores';
import type { Peer } from '../peer';

const FETCH_MS = 120_000;

/** nginx with one worker and no buffering: the cost of a relay written in C. */
export const nginx: Peer = {
  name: 'nginx',
  title: 'nginx',
  speaksTls: false,
  prepare() {
    const binary = onPath('nginx') ?? ['/usr/sbin/nginx'].find((file) => existsSync(file)) ?? unpacked();
    const said = spawnSync(binary, ['-v'], { encoding: 'utf8' });
    const version = /nginx\/([\d.]+)/.exec(said.stderr)?.[1];
    if (version === undefined) throw new Error(`${binary} does not run here`);
    return Promise.resolve({
      version,
      command: (port: number, { origin }: { readonly origin: string }) => {
        const folder = path.join(RUN, `nginx-${port}`);
        mkdirSync(folder, { recursive: true });
        const file = path.join(folder, 'nginx.conf');
        writeFileSync(file, configuration(port, new URL(origin).host, folder));
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

function configuration(port: number, upstream: string, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log /dev/null crit;
worker_rlimit_nofile 20000;
events { worker_connections 8192; }
http {
  ${temporary.join('\n  ')}
  access_log off;
  client_max_body_size 0;
  keepalive_requests 10000000;
  tcp_nodelay on;
  upstream provider {
    server ${upstream};
    keepalive 1024;
    keepalive_requests 10000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout 300s;
    }
  }
}
`;
}
