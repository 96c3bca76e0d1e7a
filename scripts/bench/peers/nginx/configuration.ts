import type { UpstreamAddress } from '../peer';

/** nginx with one process, kept-alive connections and no buffering. */
export function nginxConfiguration(port: number, upstream: UpstreamAddress, folder: string): string {
  const { protocol, host, hostname } = new URL(upstream.origin);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  const tls = [
    `proxy_ssl_trusted_certificate ${upstream.certificateAuthority ?? ''};`,
    'proxy_ssl_verify on;',
    `proxy_ssl_name ${hostname};`,
    'proxy_ssl_server_name on;',
  ];
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
  map $http_upgrade $connection_header {
    default upgrade;
    '' '';
  }
  upstream provider {
    server ${host.replace('localhost', '127.0.0.1')};
    keepalive 1024;
    keepalive_requests 10000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass ${protocol}//provider;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_header;
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout 300s;
${upstream.certificateAuthority === undefined ? '' : tls.map((line) => `      ${line}\n`).join('')}    }
  }
}
`;
}
