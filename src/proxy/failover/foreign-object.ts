/** An error response to a request that may have been sent with a key that does not have the object it names. */
export interface ObjectError {
  readonly status: number;
  /** The parsed JSON body; `undefined` if it is not JSON, or could not be read. */
  readonly body: unknown;
  /** Whether the request names a stored object of the provider (`KeptObjects.allIds`). */
  readonly namesObject: boolean;
}

/** How many keys are tried for one object at most, including the first. */
export const MAX_KEYS_ASKED = 8;

/** Statuses that may mean that; the bodies of others need not be read. */
export const FOREIGN_OBJECT_STATUSES: ReadonlySet<number> = new Set([400, 403, 404]);

/** https://platform.openai.com/docs/guides/error-codes; a missing model or URL is not a missing object. */
const MISSING_CODE = /^(?!model_|deployment_)[a-z_]{1,40}_not_found$/;
const OTHER_CODES = new Set(['unknown_url', 'model_not_found', 'DeploymentNotFound']);
/** Google does not say whether an object is another project's or does not exist. No client text precedes these words. */
const GOOGLE_DENIED =
  /^(?:You do not have permission to access (?:the|a) |CachedContent not found|Requested entity was not found)/i;
/** Messages of OpenAI, Anthropic and Google for unknown paths and models. */
const OTHER_MESSAGE = /^(?:Invalid URL|Unknown request URL|model: |The model |models\/)/i;

/**
 * Whether an error response says that the key that was used has no such object, so that another key may have it. In that
 * case nothing was done upstream: the request may be sent again unchanged, with any method.
 */
export function isForeignObject({ status, body, namesObject }: ObjectError): boolean {
  if (!FOREIGN_OBJECT_STATUSES.has(status)) return false;
  const { code, googleStatus, message } = errorOf(body);
  if (status === 403) return googleStatus === 'PERMISSION_DENIED' && GOOGLE_DENIED.test(message);
  const missing = MISSING_CODE.test(code);
  if (status === 400) return missing;
  if (OTHER_CODES.has(code) || OTHER_MESSAGE.test(message)) return false;
  // A 404 to a request that names an object is about that object, whatever its message.
  return namesObject || missing;
}

function errorOf(body: unknown): { code: string; googleStatus: string; message: string } {
  const first: unknown = Array.isArray(body) ? body[0] : body; // Google's, if a stream was requested
  const error = memberOf(first, 'error');
  return {
    code: textOf(memberOf(error, 'code')),
    googleStatus: textOf(memberOf(error, 'status')),
    message: textOf(memberOf(error, 'message')),
  };
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 1_000) : '';
}
