import { member, parseJson, textOf } from './json';
import { fail, type Finding } from './result';
import type { Answer } from './wire';

const REMEDIES: Readonly<Record<string, string>> = {
  'bad-token': 'Give one of ACCESS_TOKENS with --token.',
  'bad-admin-token': 'Give the ADMIN_TOKEN with --admin-token.',
  'too-many-bad-tokens': 'Wait a minute, then give a right token.',
  'missing-key': 'Give your own key with --token, or put keys on the server.',
  'no-key-for-provider': 'Put keys for this provider on the server, or give --token KEY:TOKEN.',
  'keys-invalid': 'The provider refuses the key: replace it.',
  'keys-out-of-credit': 'Add credit at the provider, or keys.',
  'keys-not-permitted': 'Give the key access to the model, or ask for another.',
  'selftest-busy': 'Try again in a minute.',
  'foreign-origin': 'Name the host of this address in ALLOWED_HOSTS, or set ACCESS_TOKENS.',
  'egress-refused': 'Deploy to a region outside Hong Kong and the mainland.',
  'upstream-dns': 'Turn public network access on for the function (publicAccess: true).',
  'upstream-unreachable': 'Turn public network access on for the function (publicAccess: true).',
  'connect-timeout': 'Turn public network access on for the function (publicAccess: true).',
};

const PROVIDER_REMEDIES: Readonly<Record<number, string>> = {
  401: 'The provider refuses the key: replace it.',
  403: 'The provider refuses the key or the place it is asked from: look at the egress check, then at the key.',
  404: 'The provider does not know this: check the model and the upstream setting.',
  429: 'The key is rate-limited or has no quota: wait, or add credit or keys.',
};

/** What a refused call means: whose word it is, the proxy's or the provider's, and what to do. */
export function explainRefusal(what: string, answer: Answer): Finding {
  const code = answer.header('x-proxy-error');
  const said = messageIn(answer.text);
  const whose = code === undefined ? `the provider, or something in between, answered` : 'the proxy answered';
  return fail(
    `${what}: ${whose} ${answer.status}${code === undefined ? '' : ` ${code}`}${said === '' ? '' : ` – ${said}`}`,
    (code === undefined ? PROVIDER_REMEDIES[answer.status] : REMEDIES[code]) ??
      'See what the answer says, and the log of the function.',
  );
}

/** The sentence in an error body of either provider's shape; '' where there is none. */
function messageIn(text: string): string {
  return (textOf(member(parseJson(text), 'error', 'message')) ?? '').replace(/\s+/g, ' ').slice(0, 240);
}
