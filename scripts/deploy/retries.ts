import type { ScfError } from './scf-error';

export type CallKind = 'read' | 'write';

/** How often a call is made at most. With pauses of 1, 2, 4 and 8 s, the last is made after 15 s. */
const MAX_ATTEMPTS = 5;
/** A lost connection is repeated less often: whether there is a network is known soon. */
const MAX_ATTEMPTS_WITHOUT_RESPONSE = 3;

/** Tencent allows 20 calls a second for each action. The call was not made. */
const TOO_MANY_CALLS = /^RequestLimitExceeded(?:\.|$)/;
/** Faults of Tencent's own, of which nobody knows whether they came before or after a change. */
const INTERNAL = /^(?:InternalError|ResourceUnavailable)(?:\.|$)/;
/** They begin like a passing fault, and last until somebody pays. */
const ACCOUNT = /^ResourceUnavailable\.(?:InsufficientBalance|ServiceSuspended|ResourceOverdue)$/;
/**
 * Errors because of the function's current state: right after it is Active, SCF may still be working on it.
 * `FailedOperation.UpdateFunctionConfiguration` is not among them, since it stands for other failures as well. What each
 * code means is in https://github.com/TencentCloud/tencentcloud-sdk-go/blob/master/tencentcloud/scf/v20180416/errors.go
 */
const BUSY =
  /^(?:FailedOperation\.(?:Function(?:Name)?StatusError|FunctionVersionStatusNotActive|OperationConflict|UpdateFunctionCode|CreateTrigger|DeleteFunction|PublishVersion|\w+InProgress)|UnsupportedOperation\.PublishVersion|ResourceInUse)$/;
/** Somebody else's call is making the default namespace, which the first function of a region needs. */
const BUSY_NAMESPACE = 'FailedOperation.Namespace';
/** CLS has too many searches at the moment. */
const BUSY_SEARCH = /^(?:LimitExceeded\.SearchResources|FailedOperation\.SearchTimeout)$/;

/** Whether the call was refused because of its moment, so that it changed nothing and may succeed a little later. */
export function isRefusedForNow({ code }: Pick<ScfError, 'code'>): boolean {
  return TOO_MANY_CALLS.test(code) || BUSY.test(code) || code === BUSY_NAMESPACE || BUSY_SEARCH.test(code);
}

/** Whether nobody knows if the call was applied: no response arrived, or only that of a fault. */
export function isOutcomeUnknown({ code }: Pick<ScfError, 'code'>): boolean {
  return code === '' || (INTERNAL.test(code) && !ACCOUNT.test(code));
}

/**
 * The whole decision on repeating a call that failed. A read is repeated unless its error is final. A write is repeated
 * only if Tencent rejected it, because any other one may have been applied: the next deployment continues from what it finds.
 * @param attempt which attempt has failed, from 1
 * @returns how long to wait before the next one, or `undefined` if there is none
 */
export function retryDelayMs(
  error: Pick<ScfError, 'code'>,
  { kind, attempt, pauseMs }: { readonly kind: CallKind; readonly attempt: number; readonly pauseMs: number },
): number | undefined {
  if (attempt >= (error.code === '' ? MAX_ATTEMPTS_WITHOUT_RESPONSE : MAX_ATTEMPTS)) return undefined;
  const repeats =
    kind === 'read' ? isRefusedForNow(error) || isOutcomeUnknown(error) : isRefusedForNow(error);
  return repeats ? pauseMs * 2 ** (attempt - 1) : undefined;
}
