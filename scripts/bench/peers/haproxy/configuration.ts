import type { UpstreamAddress } from '../peer';

/** HAProxy with one thread, kept-alive connections that all clients share, and no delay of what it passes on. */
export function haproxyConfiguration(port: number, upstream: UpstreamAddress): string {
  const { host, hostname } = new URL(upstream.origin);
  const address = host.replace('localhost', '127.0.0.1');
  const { certificateAuthority } = upstream;
  const tls =
    certificateAuthority === undefined
      ? ''
      : ` ssl verify required ca-file ${certificateAuthority} sni str(${hostname}) verifyhost ${hostname}`;
  return `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  option http-no-delay
  http-reuse always
  timeout connect 10s
  timeout client 300s
  timeout server 300s
  timeout tunnel 300s
frontend clients
  bind 127.0.0.1:${port} backlog 4096
  default_backend provider
backend provider
  http-request set-header Host ${host}
  server provider ${address} pool-max-conn 1024 pool-purge-delay 300s${tls}
`;
}
