import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Certificates {
  /** The file for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  readonly key: string;
  readonly cert: string;
}

/** A CA of its own and a certificate for these host names, made with openssl in the folder. */
export function makeCertificates(folder: string, hosts: readonly string[]): Certificates {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  writeFileSync(path.join(folder, 'names'), `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`);
  openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=scf-llm-proxy test CA'],
    ...['-keyout', 'ca.key', '-out', 'ca.crt'],
  );
  openssl('req', ...newKey, '-subj', '/CN=fake', '-keyout', 'host.key', '-out', 'host.csr');
  openssl(
    ...['x509', '-req', '-in', 'host.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', '2', '-out', 'host.crt', '-extfile', 'names'],
  );
  return {
    caFile: path.join(folder, 'ca.crt'),
    key: readFileSync(path.join(folder, 'host.key'), 'utf8'),
    cert: readFileSync(path.join(folder, 'host.crt'), 'utf8'),
  };
}
