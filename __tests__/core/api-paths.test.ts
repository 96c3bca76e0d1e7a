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

  it('remembers no more than some hundreds of short paths, whatever is asked for', () => {
    const set = jest.spyOn(Map.prototype, 'set');
    const clear = jest.spyOn(Map.prototype, 'clear');
    loggablePath(`/v1/${'x'.repeat(1_000)}`);
    expect(set).not.toHaveBeenCalled();
    for (let at = 0; at < 1_200; at++) loggablePath(`/v1/files/${at}`);
    expect(set).toHaveBeenCalledTimes(1_200);
    expect(clear).toHaveBeenCalledTimes(2);
    set.mockRestore();
    clear.mockRestore();
  });
});
