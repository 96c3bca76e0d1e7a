import { isOutcomeUnknown, retryDelayMs } from '../../../scripts/deploy/retries';

describe('retryDelayMs', () => {
  it.each<[string, 'repeated' | 'final', 'repeated' | 'final']>([
    ['', 'repeated', 'final'],
    ['RequestLimitExceeded', 'repeated', 'repeated'],
    ['RequestLimitExceeded.UinLimitExceeded', 'repeated', 'repeated'],
    ['InternalError', 'repeated', 'final'],
    ['InternalError.System', 'repeated', 'final'],
    ['ResourceUnavailable', 'repeated', 'final'],
    ['ResourceUnavailable.Function', 'repeated', 'final'],
    ['ResourceUnavailable.InsufficientBalance', 'final', 'final'],
    ['ResourceUnavailable.ServiceSuspended', 'final', 'final'],
    ['FailedOperation.FunctionStatusError', 'repeated', 'repeated'],
    ['FailedOperation.FunctionNameStatusError', 'repeated', 'repeated'],
    ['FailedOperation.FunctionVersionStatusNotActive', 'repeated', 'repeated'],
    ['FailedOperation.OperationConflict', 'repeated', 'repeated'],
    ['FailedOperation.UpdateFunctionCode', 'repeated', 'repeated'],
    ['FailedOperation.CreateTrigger', 'repeated', 'repeated'],
    ['FailedOperation.DeleteFunction', 'repeated', 'repeated'],
    ['FailedOperation.PublishVersion', 'repeated', 'repeated'],
    ['UnsupportedOperation.PublishVersion', 'repeated', 'repeated'],
    ['FailedOperation.TotalConcurrencyMemoryInProgress', 'repeated', 'repeated'],
    ['FailedOperation.Namespace', 'repeated', 'repeated'],
    ['FailedOperation.UpdateAlias', 'final', 'final'],
    ['FailedOperation.UpdateFunctionConfiguration', 'final', 'final'],
    ['FailedOperation.DeleteTrigger.UrlUsed', 'final', 'final'],
    ['FailedOperation.InsufficientBalance', 'final', 'final'],
    ['ResourceInUse', 'repeated', 'repeated'],
    ['ResourceInUse.Function', 'final', 'final'],
    ['LimitExceeded.SearchResources', 'repeated', 'repeated'],
    ['FailedOperation.SearchTimeout', 'repeated', 'repeated'],
    ['RequestLimit', 'final', 'final'],
    ['InternalErrorOfOthers', 'final', 'final'],
    ['ResourceNotFound.Function', 'final', 'final'],
    ['AuthFailure.SignatureFailure', 'final', 'final'],
  ])('after "%s": a read is %s, a write is %s', (code, read, write) => {
    const outcome = (kind: 'read' | 'write') =>
      retryDelayMs({ code }, { kind, attempt: 1, pauseMs: 100 }) === undefined ? 'final' : 'repeated';
    expect([outcome('read'), outcome('write')]).toEqual([read, write]);
  });

  it.each([
    ['RequestLimitExceeded', [100, 200, 400, 800, undefined]],
    ['', [100, 200, undefined, undefined, undefined]],
  ])('after "%s" pauses grow, and end', (code, delays) => {
    expect(
      [1, 2, 3, 4, 5].map((attempt) => retryDelayMs({ code }, { kind: 'read', attempt, pauseMs: 100 })),
    ).toEqual(delays);
  });
});

it.each([
  ['', true],
  ['InternalError.System', true],
  ['ResourceUnavailable', true],
  ['ResourceUnavailable.InsufficientBalance', false],
  ['RequestLimitExceeded', false],
  ['FailedOperation.FunctionStatusError', false],
])('the outcome of a call that ended in "%s" is unknown: %s', (code, expected) => {
  expect(isOutcomeUnknown({ code })).toBe(expected);
});
