import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error';

export interface Credentials {
  readonly secretId: string;
  readonly secretKey: string;
}

const ALGORITHM = 'TC3-HMAC-SHA256';
const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d\d-\d\d)\/([^/]+)\/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const MAX_CLOCK_DIFFERENCE_S = 300;

/**
 * Verifies a TC3 signature, as https://cloud.tencent.com/document/api/583/33846 computes it; throws the API's error.
 */
export function verifySignature(request: IncomingMessage, body: Buffer, credentials: Credentials): void {
  const [, secretId, date, service, signedHeaders, signature] =
    AUTHORIZATION.exec(request.headers.authorization ?? '') ?? [];
  if (!secretId || !date || !service || !signedHeaders || !signature) {
    throw new ApiError('AuthFailure.InvalidAuthorization', 'Authorization in the request header is invalid.');
  }
  if (secretId !== credentials.secretId) {
    throw new ApiError('AuthFailure.SecretIdNotFound', 'The SecretId is not found.');
  }
  const timestamp = String(request.headers['x-tc-timestamp']);
  const seconds = Number(timestamp);
  if (!(Math.abs(Date.now() / 1000 - seconds) <= MAX_CLOCK_DIFFERENCE_S)) {
    throw new ApiError('AuthFailure.SignatureExpire', 'The timestamp and the server time differ too much.');
  }
  const names = signedHeaders.split(';');
  const right =
    date === new Date(seconds * 1000).toISOString().slice(0, 10) &&
    ['content-type', 'host'].every((name) => names.includes(name)) &&
    hosts(request).some((host) => {
      const canonical = canonicalRequest(request, names, host, body);
      const scope = `${date}/${service}/tc3_request`;
      const expected = hmac(
        signingKey(credentials.secretKey, date, service),
        [ALGORITHM, timestamp, scope, sha256(canonical)].join('\n'),
      );
      return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
    });
  if (!right) {
    throw new ApiError(
      'AuthFailure.SignatureFailure',
      'The provided credentials could not be validated. Please check your signature is correct.',
    );
  }
}

/** The SDK signs the host without a port: the real API has none, so both readings of "host" are accepted here. */
function hosts({ headers: { host = '' } }: IncomingMessage): string[] {
  return [host, host.replace(/:\d+$/, '')];
}

function canonicalRequest(
  { method = '', url = '/', headers }: IncomingMessage,
  names: string[],
  host: string,
  body: Buffer,
): string {
  const [path = '/', query = ''] = url.split('?');
  const lines = names.map((name) => {
    const value = name === 'host' ? host : String(headers[name]);
    return `${name}:${value.trim().toLowerCase()}\n`;
  });
  return [method, path, query, lines.join(''), names.join(';'), sha256(body)].join('\n');
}

function signingKey(secretKey: string, date: string, service: string): Buffer {
  return hmac(hmac(hmac(`TC3${secretKey}`, date), service), 'tc3_request');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
