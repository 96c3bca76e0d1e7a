import { isForeignObject } from '../../../src/proxy/failover/foreign-object';

const openai = (message: string, code: string | null = null, type = 'invalid_request_error') => ({
  error: { message, type, param: 'id', code },
});
const anthropic = (message: string) => ({ type: 'error', error: { type: 'not_found_error', message } });
const google = (code: number, status: string, message: string) => ({ error: { code, message, status } });

describe('an error response is about an object that another key may have', () => {
  it.each([
    [404, openai("Item with id 'resp_1' not found.")],
    [404, openai('No such File object: file-1')],
    [404, openai("Conversation with id 'conv_1' not found.", 'not_found')],
    [404, anthropic('Message batch msgbatch_1 not found')],
    [404, google(404, 'NOT_FOUND', 'Requested entity was not found.')],
    [404, { detail: 'Not Found' }],
    [404, undefined], // of a HEAD
    [
      403,
      google(
        403,
        'PERMISSION_DENIED',
        'You do not have permission to access the File abc or it may not exist.',
      ),
    ],
    [403, [google(403, 'PERMISSION_DENIED', 'CachedContent not found (or permission denied)')]],
    [400, openai("Previous response with id 'resp_1' not found.", 'previous_response_not_found')],
  ])('if it is %i %j', (status, body) => {
    expect(isForeignObject({ status, body, namesObject: true })).toBe(true);
  });

  it('if its code says so, even if the request names none', () => {
    const body = openai('x', 'previous_response_not_found');
    expect(isForeignObject({ status: 400, body, namesObject: false })).toBe(true);
    expect(isForeignObject({ status: 404, body, namesObject: false })).toBe(true);
  });
});

describe('an error response is about something else', () => {
  it.each([
    [404, openai('The model `gpt-9` does not exist or you do not have access to it.', 'model_not_found')],
    [404, openai('Invalid URL (POST /v1/x)')],
    [404, openai('x', 'unknown_url')],
    [404, anthropic('model: claude-9')],
    [404, google(404, 'NOT_FOUND', 'models/gemini-9 is not found for API version v1beta')],
    [404, openai('x', 'DeploymentNotFound')],
    [403, google(403, 'PERMISSION_DENIED', "Consumer 'api_key:x' has been suspended.")],
    [403, google(403, 'PERMISSION_DENIED', 'The client does not have permission')],
    [403, openai('You do not have permission to access the File abc')],
    [403, google(403, 'PERMISSION_DENIED', "Field 'CachedContent not found' is unknown")], // quoted
    [400, openai('Invalid value: previous_response_not_found')],
    [400, openai('x', 'model_not_found')],
    [400, openai('x', 'x'.repeat(100) + '_not_found')],
    [400, { error: 'previous_response_not_found' }],
    [429, openai('x', 'previous_response_not_found')],
    [500, undefined],
    [200, undefined],
  ])('if it is %i %j', (status, body) => {
    expect(isForeignObject({ status, body, namesObject: true })).toBe(false);
  });

  it('if the request names no object', () => {
    expect(isForeignObject({ status: 404, body: openai('Not found'), namesObject: false })).toBe(false);
    expect(isForeignObject({ status: 404, body: undefined, namesObject: false })).toBe(false);
  });
});
