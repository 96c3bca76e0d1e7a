import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../scripts/local-scf/api-error';
import type { Credentials } from '../../scripts/local-scf/signature';

/** Verifies the older signature (version 1) that the Serverless Framework uses; throws the API's error. */
export function verifySignatureV1(
  { method = '', headers: { host = '' } }: IncomingMessage,
  parameters: URLSearchParams,
  { secretId, secretKey }: Credentials,
): void {
  if (parameters.get('SecretId') !== secretId) {
    throw new ApiError('AuthFailure.SecretIdNotFound', 'The SecretId is not found.');
  }
  const signed = [...parameters]
    .filter(([name]) => name !== 'Signature')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const algorithm = parameters.get('SignatureMethod') === 'HmacSHA256' ? 'sha256' : 'sha1';
  const right = createHmac(algorithm, secretKey).update(`${method}${host}/?${signed}`).digest('base64');
  if (parameters.get('Signature') !== right) {
    throw new ApiError('AuthFailure.SignatureFailure', 'The signature is wrong.');
  }
}
