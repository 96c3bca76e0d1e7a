import { googleDailyReset } from './reset-times';
import type { ErrorRule } from './rule';

/**
 * - https://ai.google.dev/gemini-api/docs/troubleshooting
 * - reasons: https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto. CREDENTIALS_MISSING,
 *   ACCESS_TOKEN_TYPE_UNSUPPORTED and their like are the endpoint's matter, so they are not here.
 */
export const GEMINI_ERRORS: readonly ErrorRule[] = [
  {
    codes: [
      ...['API_KEY_INVALID', 'ACCESS_TOKEN_EXPIRED'],
      ...['CONSUMER_SUSPENDED', 'GCP_SUSPENDED', 'ACCOUNT_STATE_INVALID'],
    ],
    kind: 'invalid',
  },
  {
    codes: [
      ...[
        'SERVICE_DISABLED',
        'SERVICE_NOT_VISIBLE',
        'API_KEY_SERVICE_BLOCKED',
        'API_KEY_HTTP_REFERRER_BLOCKED',
      ],
      ...['API_KEY_IP_ADDRESS_BLOCKED', 'API_KEY_ANDROID_APP_BLOCKED', 'API_KEY_IOS_APP_BLOCKED'],
      ...['CONSUMER_INVALID', 'USER_BLOCKED_BY_ADMIN', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'],
      'IAM_PERMISSION_DENIED',
      ...['SECURITY_POLICY_VIOLATED', 'RESOURCE_USAGE_RESTRICTION_VIOLATED'],
      ...['LOCATION_POLICY_VIOLATED', 'LOCATION_TAX_POLICY_VIOLATED'],
    ],
    kind: 'not-permitted',
  },
  { codes: ['BILLING_DISABLED', 'INSUFFICIENT_G1_CREDITS_BALANCE'], kind: 'out-of-credit' },

  { status: [400], message: /^API key (?:not valid|expired)/, kind: 'invalid' },
  {
    status: [400],
    codes: ['FAILED_PRECONDITION'],
    message: /^User location is not supported for the API use/,
    kind: 'egress-refused',
  },
  // A key with billing may do.
  {
    status: [400],
    codes: ['FAILED_PRECONDITION'],
    message: /^Gemini API free tier is not available in your country/,
    kind: 'not-permitted',
  },
  { status: [400], message: /^[\w .-]{1,40} is only accessible to billed users/, kind: 'not-permitted' },
  {
    status: [403],
    message:
      /^(?:Your API key was reported as leaked|Your project has been denied access|(?:Permission denied: )?Consumer '[^']{1,128}' has been suspended)/,
    kind: 'invalid',
  },
  // Google calls every limit a quota, and has one for each model.
  {
    status: [200, 429],
    message: /^Your (?:prepayment credits are depleted|project has exceeded its (?:monthly )?spending cap)/,
    kind: 'out-of-credit',
  },
  { status: [429], codes: ['RESOURCE_EXHAUSTED'], kind: 'rate-limited', untilMs: googleDailyReset },
];
