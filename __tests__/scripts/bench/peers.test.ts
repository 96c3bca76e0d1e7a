import { caddyConfiguration } from '../../../scripts/bench/peers/caddy/configuration';
import { haproxyConfiguration } from '../../../scripts/bench/peers/haproxy/configuration';
import { nginxConfiguration } from '../../../scripts/bench/peers/nginx/configuration';
import { canRun } from '../../../scripts/bench/peers/peer';

const PLAIN = { origin: 'http://127.0.0.1:1234' };
const TLS = { origin: 'https://localhost:1234', certificateAuthority: '/ca.crt' };

describe('in the benchmark,', () => {
  test('nginx passes on without buffering, over kept connections, in one process', () => {
    const text = nginxConfiguration(80, PLAIN, '/run');
    expect(text).toMatch(/^master_process off;$/m);
    expect(text).toMatch(/listen 127\.0\.0\.1:80 /);
    expect(text).toMatch(/server 127\.0\.0\.1:1234;\n\s+keepalive 1024;/);
    expect(text).toMatch(/proxy_pass http:\/\/provider;/);
    expect(text).toMatch(/proxy_buffering off;/);
    expect(text).not.toContain('proxy_ssl');
  });

  test('HAProxy passes on without delay, over kept connections, in one thread', () => {
    const text = haproxyConfiguration(80, PLAIN);
    expect(text).toMatch(/^ {2}nbthread 1$/m);
    expect(text).toMatch(/bind 127\.0\.0\.1:80 /);
    expect(text).toMatch(/option http-no-delay/);
    expect(text).toMatch(/http-reuse always/);
    expect(text).toMatch(/server provider 127\.0\.0\.1:1234 pool-max-conn 1024/);
    expect(text).not.toContain(' ssl ');
  });

  test('Caddy passes on without buffering, over kept connections', () => {
    const text = caddyConfiguration(80, PLAIN, '/run');
    expect(text).toMatch(/^http:\/\/:80 \{\n {2}bind 127\.0\.0\.1$/m);
    expect(text).toMatch(/reverse_proxy http:\/\/127\.0\.0\.1:1234 \{/);
    expect(text).toMatch(/flush_interval -1/);
    expect(text).toMatch(/keepalive_idle_conns_per_host 1024/);
    expect(text).toMatch(/storage file_system \/run/);
    expect(text).not.toContain('tls_');
  });

  test('all three verify the certificate of a TLS upstream, for the name in its address', () => {
    const nginx = nginxConfiguration(80, TLS, '/run');
    expect(nginx).toMatch(/proxy_pass https:\/\/provider;/);
    expect(nginx).toMatch(/proxy_ssl_trusted_certificate \/ca\.crt;\n\s+proxy_ssl_verify on;/);
    expect(nginx).toMatch(/proxy_ssl_name localhost;/);

    const haproxy = haproxyConfiguration(80, TLS);
    expect(haproxy).toMatch(/ 127\.0\.0\.1:1234 .*ssl verify required ca-file \/ca\.crt /);
    expect(haproxy).toMatch(/verifyhost localhost$/m);

    const caddy = caddyConfiguration(80, TLS, '/run');
    expect(caddy).toMatch(/reverse_proxy https:\/\/127\.0\.0\.1:1234 \{/);
    expect(caddy).toMatch(/tls_trusted_ca_certs \/ca\.crt\n\s+tls_server_name localhost/);
    expect(caddy).not.toContain('insecure');
  });

  test('a proxy runs only the scenarios that it is set up for', () => {
    const plain = { speaksTls: false };
    const able = { speaksTls: true, relaysWebSockets: true };
    expect(canRun(plain, { overTls: false })).toBe(true);
    expect(canRun(plain, { overTls: true })).toBe(false);
    expect(canRun(able, { overTls: true })).toBe(true);
    expect(canRun(plain, { overTls: false, needs: 'relaysWebSockets' })).toBe(false);
    expect(canRun(able, { overTls: false, needs: 'relaysWebSockets' })).toBe(true);
    expect(canRun(able, { overTls: false, needs: 'failsOver' })).toBe(false);
  });
});
