import { resolveCname } from 'node:dns/promises';
import { isIP } from 'node:net';
import { errorCode } from '../../src/errors/node-errors';
import { fail, ok, skipped, type Finding } from './result';
import { isLoopback, type Target } from './target';

const FUNCTION_HOST = /^\d+\.([a-z\d-]+)\.tencentscf\.com$/;
/** What `inputs.customDomain` needs once its certificate ends. */
export const RENEWAL =
  'Renew the certificate. For a custom domain of SCF: put the id of the new one into inputs.customDomain.certificateId, and deploy again.';

/** Whether an address is a name of its own: not a Function URL, an IP address or this machine. */
export function hasOwnDomain({ base }: Target): boolean {
  const { hostname } = new URL(base);
  return (
    !isLoopback(base) &&
    isIP(hostname.replace(/^\[(.*)\]$/, '$1')) === 0 &&
    !hostname.endsWith('.tencentscf.com')
  );
}

/** Whether a custom domain's DNS record leads to SCF. */
export async function checkDomain(
  { base }: Target,
  resolve: (name: string) => Promise<readonly string[]> = resolveCname,
): Promise<Finding> {
  const { hostname } = new URL(base);
  let names: readonly string[];
  try {
    names = await resolve(hostname);
  } catch (error) {
    return errorCode(error) === 'ENOTFOUND'
      ? fail(
          `${hostname} is not in DNS`,
          'Add the CNAME record that "npm run deploy" prints for inputs.customDomain, and wait until it has spread.',
        )
      : skipped(
          `No CNAME record of ${hostname} is visible (${errorCode(error)}): not a custom domain of SCF, or behind another service`,
        );
  }
  const target = names[0]?.toLowerCase().replace(/\.$/, '') ?? '';
  const region = FUNCTION_HOST.exec(target)?.[1];
  return region === undefined
    ? skipped(`A CNAME of ${target}, which is not SCF’s`)
    : ok(`A CNAME of ${target}: SCF in ${region}`);
}
