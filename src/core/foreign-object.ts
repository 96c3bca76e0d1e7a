/** An error response to a request that may have gone to a key which does not know the object that it names. */
export interface ObjectError {
  readonly status: number;
  /** The body as JSON gives it; `undefined` if it is none, or could not be read. */
  readonly body: unknown;
  /** Whether the request names an object that a provider keeps (`KeptObjects.allIds`). */
  readonly namesObject: boolean;
}

/** How many keys are asked for one object at most, the first one included. */
export const MAX_KEYS_ASKED = 8;

/** Statuses that may mean so; of others no body need be read. */
export const FOREIGN_OBJECT_STATUSES: ReadonlySet<number> = new Set([400, 403, 404]);

/** https://platform.openai.com/docs/guides/error-codes; a model's or an address's absence is no object's. */
const MISSING_CODE = /^(?!model_|deployment_)[a-z_]{1,40}_not_found$/;
const OTHER_CODES = new Set(['unknown_url', 'model_not_found', 'DeploymentNotFound']);
/** Google does not say whether a thing is another project's or is not. Nothing that a client wrote stands before these words. */
const GOOGLE_DENIED =
  /^(?:You do not have permission to access (?:the|a) |CachedContent not found|Requested entity was not found)/i;
/** OpenAI's, Anthropic's and Google's words for paths and models that they do not have. */
const OTHER_MESSAGE = /^(?:Invalid URL|Unknown request URL|model: |The model |models\/)/i;

/**
 * Whether an error response says that the key which was used has no such object, so that another key may have it. It
 * means that nothing was done: the request may be sent again as it was, with any method.
 */
export function isForeignObject({ status, body, namesObject }: ObjectError): boolean {
  if (!FOREIGN_OBJECT_STATUSES.has(status)) return false;
  const { code, googleStatus, message } = errorOf(body);
  if (status === 403) return googleStatus === 'PERMISSION_DENIED' && GOOGLE_DENIED.test(message);
  const missing = MISSING_CODE.test(code);
  if (status === 400) return missing;
  if (OTHER_CODES.has(code) || OTHER_MESSAGE.test(message)) return false;
  // A 404 to a request that names an object speaks of it, whatever its words.
  return namesObject || missing;
}

function errorOf(body: unknown): { code: string; googleStatus: string; message: string } {
  const first: unknown = Array.isArray(body) ? body[0] : body; // Google's, where a stream was asked for
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
