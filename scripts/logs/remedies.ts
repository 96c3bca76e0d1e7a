import { FAILURES } from '../../src/errors/failures';
import { platformRemedy } from '../shared/platform-statuses';
import { isError, type Entry, type Fields } from './entry';

const COUNTRY = /country|region_territory|location/i;
const EGRESS =
  'The provider does not serve the country of this function. Deploy it in another region, or set SISTER_URL to a deployment in one.';

/** What to do about an error response of a provider. */
const BY_STATUS: Readonly<Record<number, string>> = {
  400: 'The provider does not accept the request as it is: check the model and the parameters of the client.',
  401: 'The provider rejects the key: replace it.',
  402: 'The account of the key has no credit: add credit or keys.',
  403: 'The key is not permitted to do this: check its permissions, or use another model.',
  404: 'The provider does not have this: check the model and the path of the client.',
  413: 'The request is too large for the provider: send less.',
  429: 'The key is rate-limited or has no quota left: wait, or add credit or keys.',
};
const PROVIDER_FAILED =
  'The provider itself failed. SDKs repeat such a request; RETRY_UPSTREAM_ERRORS=true does it here.';

/** What to do about an entry; `undefined` if it is no error, or nothing is known. */
export function remedyFor(entry: Entry): string | undefined {
  if (!isError(entry)) return undefined;
  if (entry.kind === 'platform') {
    if (entry.statusCode === undefined) return undefined;
    return (
      platformRemedy(entry.statusCode) ??
      'Look the status up at https://cloud.tencent.com/document/product/583/35311.'
    );
  }
  return entry.kind === 'request' ? remedyForRequest(entry.fields) : undefined;
}

function remedyForRequest({ status, outcome, upstream_error: upstreamError }: Fields): string | undefined {
  if (typeof outcome === 'string' && Object.hasOwn(FAILURES, outcome))
    return FAILURES[outcome as keyof typeof FAILURES].message;
  if (typeof upstreamError === 'string' && COUNTRY.test(upstreamError)) return EGRESS;
  if (outcome === 'failed-in-stream') return PROVIDER_FAILED;
  const code = Number(status);
  return BY_STATUS[code] ?? (code >= 500 ? PROVIDER_FAILED : undefined);
}
