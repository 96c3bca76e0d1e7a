/** A call that did not succeed. `code` is Tencent's; '' if no response arrived. */
export class ScfError extends Error {
  override readonly name = 'ScfError';

  constructor(
    readonly action: string,
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What Tencent's client threw, as an `ScfError`. */
export function scfError(action: string, cause: unknown): ScfError {
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  // Node's codes (ECONNRESET) are in the message; only Tencent's codes have this form.
  const tencentCode = typeof code === 'string' && /^[A-Z][a-z]/.test(code) ? code : '';
  return new ScfError(action, tencentCode, String(message), { cause });
}
