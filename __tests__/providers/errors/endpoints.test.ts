import { isKeyEndpoint } from '../../../src/providers/errors/endpoints';

describe('an endpoint that API keys are for', () => {
  it.each([
    '/v1/chat/completions',
    '/v1/responses/resp_1',
    '/v1/models',
    '/v1/files/file-1/content',
    '/v1/messages/batches',
    '/v1/complete',
    '/openai/deployments/gpt-4o/chat/completions',
    '/api/paas/v4/chat/completions',
    '/v1beta/models/gemini-2.5-pro:generateContent',
    '/v1beta/cachedContents/1',
  ])('is %s', (path) => {
    expect(isKeyEndpoint(path)).toBe(true);
  });

  it.each([
    '/v1/threads',
    '/v1/threads/thread_1/messages',
    '/v1/organization/usage/completions',
    '/v1/organizations/api_keys',
    '/v1/fine_tuning/checkpoints/ft:x/permissions',
    '/v1beta/tunedModels',
    '/v1beta/tunedModels/x:generateContent',
    '/dashboard/billing/usage',
    '/v1/my-models',
    '/v1/unknown',
    '/',
    '',
  ])('is not %j', (path) => {
    expect(isKeyEndpoint(path)).toBe(false);
  });
});
