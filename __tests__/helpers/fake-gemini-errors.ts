import type { ServerResponse } from 'node:http';

export const GOOGLE_HEADERS = {
  vary: 'Origin, X-Origin, Referer',
  server: 'scaffolding on HTTPServer2',
  'x-xss-protection': '0',
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
  'server-timing': 'gfet4t7; dur=42',
};

export function sendGoogle(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    ...GOOGLE_HEADERS,
    'content-type': 'application/json; charset=UTF-8',
    ...headers,
  });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}

export interface GoogleError {
  readonly error: { readonly code: number; readonly message: string; readonly status: string };
}

export const googleError = (
  code: number,
  status: string,
  message: string,
  details?: object[],
): GoogleError => ({
  error: { code, message, status, ...(details ? { details } : {}) },
});

export const NOT_FOUND = googleError(404, 'NOT_FOUND', 'Requested entity was not found.');

const info = (reason: string) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
  metadata: { service: 'generativelanguage.googleapis.com' },
});
const badKey = (message: string) =>
  googleError(400, 'INVALID_ARGUMENT', message, [
    info('API_KEY_INVALID'),
    { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message },
  ]);

const ERRORS = {
  invalid: () => badKey('API key not valid. Please pass a valid API key.'),
  expired: () => badKey('API key expired. Please renew the API key.'),
  leaked: () =>
    googleError(403, 'PERMISSION_DENIED', 'Your API key was reported as leaked. Please use another API key.'),
  // The real message has the whole key in it.
  suspended: (key: string) =>
    googleError(
      403,
      'PERMISSION_DENIED',
      `Permission denied: Consumer 'api_key:${key}' has been suspended.`,
      [info('CONSUMER_SUSPENDED')],
    ),
  // Of one model and one minute, though its words are those that OpenAI has for an empty account.
  exhausted: () =>
    googleError(
      429,
      'RESOURCE_EXHAUSTED',
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. \n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 10, model: gemini-2.5-flash\nPlease retry in 38.2s.',
      [
        {
          '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
          violations: [
            {
              quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests',
              quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier',
              quotaDimensions: { location: 'global', model: 'gemini-2.5-flash' },
              quotaValue: '10',
            },
          ],
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '38s' },
      ],
    ),
} satisfies Record<string, (key: string) => GoogleError>;

export type GeminiError = keyof typeof ERRORS;

/** The error response to a request with this key, or with none; `undefined` if it is accepted. */
export function errorFor(
  key: string | undefined,
  refused: ReadonlyMap<string, GeminiError>,
  openai: boolean,
): GoogleError | undefined {
  if (key === undefined) {
    return openai
      ? googleError(400, 'INVALID_ARGUMENT', 'Missing or invalid Authorization header.')
      : googleError(
          403,
          'PERMISSION_DENIED',
          "Method doesn't allow unregistered clients (clients without established identity). Please use API Key or other form of API consumer identity to call this API.",
        );
  }
  const error = refused.get(key) ?? (key.startsWith('AIza') ? undefined : 'invalid');
  return error && ERRORS[error](key);
}
