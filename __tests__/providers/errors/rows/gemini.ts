import * as is from './row';

const { googleForm, googleReason } = is;
const REASONS = 'google/api/error_reason.proto';
const TROUBLE = 'ai.google.dev/gemini-api/docs/troubleshooting';
const QUOTA = 'You exceeded your current quota, please check your plan and billing details.';

type Short = readonly [
  status: number,
  says: string,
  body: unknown,
  want: is.Row['want'],
  more?: Partial<is.Row>,
];

const byReason: readonly Short[] = (
  [
    [400, 'INVALID_ARGUMENT', 'API_KEY_INVALID', is.INVALID],
    [403, 'PERMISSION_DENIED', 'CONSUMER_SUSPENDED', is.INVALID],
    [403, 'PERMISSION_DENIED', 'GCP_SUSPENDED', is.INVALID],
    [401, 'UNAUTHENTICATED', 'ACCESS_TOKEN_EXPIRED', is.INVALID],
    [401, 'UNAUTHENTICATED', 'ACCOUNT_STATE_INVALID', is.INVALID],
    [403, 'PERMISSION_DENIED', 'API_KEY_SERVICE_BLOCKED', is.NOT_PERMITTED],
    [403, 'PERMISSION_DENIED', 'API_KEY_IP_ADDRESS_BLOCKED', is.NOT_PERMITTED],
    [403, 'PERMISSION_DENIED', 'API_KEY_HTTP_REFERRER_BLOCKED', is.NOT_PERMITTED],
    [403, 'PERMISSION_DENIED', 'SERVICE_DISABLED', is.NOT_PERMITTED],
    [403, 'PERMISSION_DENIED', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT', is.NOT_PERMITTED],
    [403, 'PERMISSION_DENIED', 'BILLING_DISABLED', is.OUT],
    [429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED', is.LIMITED],
    [429, 'RESOURCE_EXHAUSTED', 'INSUFFICIENT_G1_CREDITS_BALANCE', is.OUT],
    [401, 'UNAUTHENTICATED', 'CREDENTIALS_MISSING', is.OK],
    [401, 'UNAUTHENTICATED', 'ACCESS_TOKEN_TYPE_UNSUPPORTED', is.OK],
    [403, 'PERMISSION_DENIED', 'USER_PROJECT_DENIED', is.OK],
    [403, 'PERMISSION_DENIED', 'A_REASON_OF_NEXT_YEAR', is.OK],
  ] as const
).map(([status, name, reason, want]) => [
  status,
  `${reason} (${REASONS})`,
  googleForm(status, name, 'Whatever it says.', googleReason(reason)),
  want,
  { code: reason },
]);

const violations = (...quotaIds: readonly string[]) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: quotaIds.map((quotaId) => ({ quotaId })),
});
const retryIn = (retryDelay: unknown) => ({
  '@type': 'type.googleapis.com/google.rpc.RetryInfo',
  retryDelay,
});
const MINUTE = 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier';
const DAY = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';
const limited = (...details: readonly unknown[]) => googleForm(429, 'RESOURCE_EXHAUSTED', QUOTA, details);

const rows: readonly Short[] = [
  ...byReason,
  [
    400,
    `a wrong key (${TROUBLE})`,
    googleForm(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'),
    is.INVALID,
  ],
  [
    400,
    "a wrong key on OpenAI's endpoint, whose body is an array",
    [
      googleForm(
        400,
        'INVALID_ARGUMENT',
        'API key not valid. Please pass a valid API key.',
        googleReason('API_KEY_INVALID'),
      ),
    ],
    is.INVALID,
    { path: '/v1beta/openai/chat/completions', code: 'API_KEY_INVALID' },
  ],
  [
    400,
    'a key that expired',
    googleForm(400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.'),
    is.INVALID,
  ],
  [
    400,
    `a country that is not served (${TROUBLE})`,
    googleForm(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
    is.EGRESS,
    { code: 'FAILED_PRECONDITION' },
  ],
  [
    400,
    `a country without a free tier (${TROUBLE})`,
    googleForm(
      400,
      'FAILED_PRECONDITION',
      'Gemini API free tier is not available in your country. Please enable billing on your project in Google AI Studio.',
    ),
    is.NOT_PERMITTED,
  ],
  [
    403,
    'a leaked key (maximhq/bifrost#7211)',
    googleForm(403, 'PERMISSION_DENIED', 'Your API key was reported as leaked. Please use another API key.'),
    is.INVALID,
  ],
  [
    403,
    'a suspended key, identified by the text alone (songquanpeng/one-api#1775)',
    googleForm(
      403,
      'PERMISSION_DENIED',
      "Permission denied: Consumer 'api_key:AIzaSyExample' has been suspended.",
    ),
    is.INVALID,
  ],
  [
    403,
    'a suspended project',
    googleForm(403, 'PERMISSION_DENIED', "Consumer 'projects/1' has been suspended."),
    is.INVALID,
  ],
  [
    403,
    'a project that was denied access (poenl/gemini-api#8)',
    googleForm(403, 'PERMISSION_DENIED', 'Your project has been denied access. Please contact support.'),
    is.INVALID,
  ],
  [
    403,
    "a file of another key's project",
    googleForm(
      403,
      'PERMISSION_DENIED',
      'You do not have permission to access the File abc or it may not exist.',
    ),
    is.OK,
  ],
  [
    401,
    'OAuth that an endpoint wants',
    googleForm(
      401,
      'UNAUTHENTICATED',
      'API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal.',
    ),
    is.OK,
    { path: '/v1beta/tunedModels' },
  ],
  [
    429,
    'no prepaid credit (maximhq/bifrost#7211)',
    googleForm(
      429,
      'RESOURCE_EXHAUSTED',
      'Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing.',
    ),
    is.OUT,
  ],
  [
    429,
    'a spending cap',
    googleForm(429, 'RESOURCE_EXHAUSTED', 'Your project has exceeded its monthly spending cap.'),
    is.OUT,
  ],
  [
    429,
    'a limit that says no more',
    googleForm(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).'),
    is.LIMITED,
  ],
  [
    429,
    'a limit of the minute (ai.google.dev/gemini-api/docs/rate-limits)',
    limited(violations(MINUTE), retryIn('38.5s')),
    { kind: 'rate-limited', retryAfterMs: 38_500 },
  ],
  [
    429,
    'a limit of the day, which ends at midnight in California',
    limited(violations(MINUTE, DAY), retryIn('38s')),
    { kind: 'rate-limited', retryAfterMs: 8 * 3_600_000 },
  ],
  [
    429,
    'a delay of years, which is cut to a day',
    limited(retryIn('999999999999s')),
    { kind: 'rate-limited', retryAfterMs: 86_400_000 },
  ],
  [429, 'a delay of less than nothing', limited(retryIn('-5s')), { kind: 'rate-limited', retryAfterMs: 0 }],
  [429, 'delays that are none', limited(retryIn(38), retryIn('soon')), is.LIMITED],
  [
    429,
    'a limit with the time in its header only',
    limited(violations(MINUTE)),
    { kind: 'rate-limited', retryAfterMs: 7_000 },
    { headers: { 'retry-after': '7' } },
  ],
  [
    503,
    'an overloaded model',
    googleForm(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
    is.UNAVAILABLE,
  ],
  [
    400,
    'a model for projects with billing',
    googleForm(400, 'INVALID_ARGUMENT', 'Imagen API is only accessible to billed users at this time.'),
    is.NOT_PERMITTED,
  ],
  [
    403,
    'a project whose key lacks a permission',
    googleForm(
      403,
      'PERMISSION_DENIED',
      "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/p'.",
      is.googleReason('IAM_PERMISSION_DENIED'),
    ),
    is.NOT_PERMITTED,
  ],
  [400, 'an invalid value', googleForm(400, 'INVALID_ARGUMENT', 'Invalid value at contents.'), is.OK],
  [
    404,
    'a model that does not exist',
    googleForm(404, 'NOT_FOUND', 'models/gemini-0 is not found for API version v1beta.'),
    is.OK,
  ],
];

export const GEMINI_ROWS: readonly is.Row[] = rows.map(([status, says, body, want, more]) => ({
  ...{ provider: 'gemini', status, says, body, want, path: '/v1beta/models/gemini-2.5-pro:generateContent' },
  ...more,
}));
