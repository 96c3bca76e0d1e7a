import type { UpstreamAddress } from '../peer';

/**
 * Caddy without its own TLS, log and API, with kept-alive connections and no buffering of responses. Over TLS it
 * chooses HTTP/2 by itself, as it does when nothing is said.
 */
export function caddyConfiguration(port: number, upstream: UpstreamAddress, folder: string): string {
  const { protocol, host, hostname } = new URL(upstream.origin);
  const address = host.replace('localhost', '127.0.0.1');
  const tls = [
    'tls',
    `tls_trusted_ca_certs ${upstream.certificateAuthority ?? ''}`,
    `tls_server_name ${hostname}`,
  ];
  const verified = upstream.certificateAuthority === undefined ? [] : tls;
  return `{
  admin off
  auto_https off
  storage file_system ${folder}
  log {
    output discard
  }
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy ${protocol}//${address} {
    flush_interval -1
    header_up Host ${host}
    transport http {
      keepalive_idle_conns 1024
      keepalive_idle_conns_per_host 1024
${verified.map((line) => `      ${line}\n`).join('')}    }
  }
}
`;
}
