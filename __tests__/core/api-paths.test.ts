import { loggablePath } from '../../src/core/api-paths';

describe('loggablePath', () => {
  it.each([
    ['/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/files/file-abc123/content', '/v1/files/*/content'],
    ['/my-secret-token/v1/models', '/*/v1/models'],
    ['/v1/models/gpt-4o', '/v1/models/*'],
    ['/', '/'],
    ['', ''],
  ])('%s is logged as %s', (path, logged) => {
    expect(loggablePath(path)).toBe(logged);
  });
});
