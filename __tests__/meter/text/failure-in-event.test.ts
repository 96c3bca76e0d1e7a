import { MAY_FAIL, failureBody } from '../../../src/meter/text/failure-in-event';

describe('the data of an event', () => {
  it.each<[string, unknown]>([
    ['an object', { error: { message: 'no' } }],
    ['an object with a code', { error: { code: 429 }, choices: [] }],
    ['an object with a status', { error: { status: 'UNAVAILABLE' } }],
    ['an object with a type', { type: 'error', error: { type: 'overloaded_error' } }],
    ['a text', { error: 'no' }],
    ['members outside', { type: 'error', code: 'server_error', message: 'no' }],
    ['vLLM’s form', { object: 'error', message: 'no', code: 400 }],
  ])('is a failure with %s', (_what, data) => {
    expect(failureBody(data)).toEqual({ body: data });
    expect(failureBody([data, { choices: [] }])).toEqual({ body: data }); // Google's list
    expect(MAY_FAIL.test(JSON.stringify(data))).toBe(true);
  });

  it.each<[string, unknown, unknown]>([
    ['its error', { type: 'response.failed', response: { error: { code: 'x' } } }, { error: { code: 'x' } }],
    ['no error', { type: 'response.failed', response: {} }, { error: undefined }],
    ['no response', { type: 'response.failed', response: [] }, { error: undefined }],
  ])('is a failure if a response has failed, with %s', (_what, data, body) => {
    expect(failureBody(data)).toEqual({ body });
  });

  it.each<[string, unknown]>([
    ['null', { error: null }],
    ['an empty object', { error: {} }],
    ['an empty text', { error: '' }],
    ['members that say nothing', { error: { code: 0, type: '', status: null, message: false, param: 'x' } }],
    ['a list', { error: ['no'] }],
    ['a number', { error: 5 }],
  ])('is none with %s', (_what, data) => {
    expect(failureBody(data)).toBeUndefined();
  });

  it.each<[unknown]>([
    ['no'],
    [null],
    [5],
    [[]],
    [{}],
    [{ type: 'response.completed' }],
    [{ type: 'errors' }],
  ])('%j is one only in an event that is named so', (data) => {
    for (const name of [undefined, '', 'message', 'errors']) expect(failureBody(data, name)).toBeUndefined();
    expect(failureBody(data, 'error')).toEqual({ body: Array.isArray(data) ? undefined : data });
  });
});
