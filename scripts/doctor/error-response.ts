import { member, parseJson, textOf } from './json';
import { fail, type Finding } from './result';
import type { HttpResponse } from './wire';

const REMEDIES: Readonly<Record<string, string>> = {
  'bad-token': 'Pass one of ACCESS_TOKENS with --token.',
  'bad-admin-token': 'Pass the ADMIN_TOKEN with --admin-token.',
  'too-many-bad-tokens': 'Wait a minute, then pass a valid token.',
  'missing-key': 'Pass your own key with --token, or set keys on the server.',
  'no-key-for-provider': 'Set keys for this provider on the server, or pass --token KEY:TOKEN.',
  'keys-invalid': 'The provider rejects the key: replace it.',
  'keys-out-of-credit': 'Add credit at the provider, or add keys.',
  'keys-not-permitted': 'Give the key access to the model, or use another model.',
  'selftest-busy': 'Try again in a minute.',
  'foreign-origin': 'Add the host of this address to ALLOWED_HOSTS, or set ACCESS_TOKENS.',
  'egress-refused': 'Deploy to a region outside Hong Kong and the mainland.',
  'upstream-dns': 'Turn public network access on for the function (publicAccess: true).',
  'upstream-unreachable': 'Turn public network access on for the function (publicAccess: true).',
  'connect-timeout': 'Turn public network access on for the function (publicAccess: true).',
};

const PROVIDER_REMEDIES: Readonly<Record<number, string>> = {
  401: 'The provider rejects the key: replace it.',
  403: 'The provider rejects the key or the country: read the egress check, then check the key.',
  404: 'The provider does not have this: check the model and the upstream setting.',
  429: 'The key is rate-limited or has no quota: wait, or add credit or keys.',
};

/** What an error response means: whether the proxy or the provider sent it, and what to do. */
export function explainErrorResponse(what: string, response: HttpResponse): Finding {
  const code = response.header('x-proxy-error');
  const message = messageIn(response.text);
  const sender =
    code === undefined ? 'the provider, or something in between, responded' : 'the proxy responded';
  return fail(
    `${what}: ${sender} ${response.status}${code === undefined ? '' : ` ${code}`}${message === '' ? '' : ` – ${message}`}`,
    (code === undefined ? PROVIDER_REMEDIES[response.status] : REMEDIES[code]) ??
      'Read the error message and the log of the function.',
  );
}

/** The message in an error body of either provider's shape; '' if there is none. */
function messageIn(text: string): string {
  return (textOf(member(parseJson(text), 'error', 'message')) ?? '').replace(/\s+/g, ' ').slice(0, 240);
}
