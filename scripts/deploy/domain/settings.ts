import { readConnection } from '../connection';
import { consolePage, type Site } from '../console';
import { optional, table, text, type Field } from '../fields';

/** A domain of the user's that leads to the function. */
export interface DomainSettings {
  readonly domain: string;
  /** The certificate's id in Tencent's SSL service. */
  readonly certificateId: string;
  readonly protocol: string;
}

const PROTOCOLS = ['HTTPS', 'HTTP&HTTPS'];
const LABEL = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;
const MAX_NAME = 253;
const CERTIFICATE_ID = /^[\w-]{4,64}$/;

/** `inputs.customDomain` of serverless.yml. */
export const customDomain: Field<DomainSettings | undefined> = optional((value, place) => {
  const given = table({ domain: text(), certificateId: text(), protocol: text('HTTPS') })(value, place);
  const settings = { ...given, domain: given.domain.toLowerCase().replace(/\.$/, '') };
  for (const [key, problem] of problemsOf(settings, readConnection(place.environment).site))
    place.problems.push(`${place.path}.${key} ${problem}`);
  return settings;
});

/** What is wrong with values that are there; a missing one is reported by its field. */
function problemsOf(
  { domain, certificateId, protocol }: DomainSettings,
  site: Site | undefined,
): (readonly [string, string])[] {
  const problems = [
    ['domain', domain === '' ? undefined : problemOfName(domain)],
    [
      'certificateId',
      certificateId === '' || CERTIFICATE_ID.test(certificateId)
        ? undefined
        : `must be the id of a certificate in Tencent's SSL service, at ${consolePage('/ssl', site)}, not the certificate itself.`,
    ],
    [
      'protocol',
      PROTOCOLS.includes(protocol)
        ? undefined
        : `must be ${PROTOCOLS.join(' or ')}: over HTTP alone, others on the network can read keys and tokens.`,
    ],
  ] as const;
  return problems.flatMap(([key, problem]) => (problem === undefined ? [] : [[key, problem] as const]));
}

function problemOfName(name: string): string | undefined {
  if (name.startsWith('*')) return 'must be one host name: SCF accepts no wildcard.';
  if (/[:/?#@]/.test(name))
    return 'must be a host name only, such as llm.example.com, without https://, port and path.';
  if (/[^\x21-\x7e]/.test(name)) return 'must be in its ASCII form, which begins with xn--.';
  const labels = name.split('.');
  if (labels.length < 2 || name.length > MAX_NAME || labels.some((label) => !LABEL.test(label)))
    return 'must be a host name, such as llm.example.com.';
  if (labels.every((label) => /^\d+$/.test(label))) return 'must be a host name, not an IP address.';
  if (/(?:^|\.)(?:tencentscf|tencentcs|myqcloud)\.com$/.test(name))
    return 'must be a domain of your own, not one of Tencent’s.';
  return undefined;
}
