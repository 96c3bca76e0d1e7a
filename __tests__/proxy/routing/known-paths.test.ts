import { LoggablePaths, loggablePath } from '../../../src/proxy/routing/known-paths';

describe('loggablePath', () => {
  it.each([
    ['/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/files/file-abc123/content', '/v1/files/*/content'],
    ['/my-secret-token/v1/models', '/*/v1/models'],
    ['/v1/models/gpt-4o', '/v1/models/*'],
    ['/v1beta/models/my-name:generateContent', '/v1beta/models/*:generateContent'],
    ['/v1/projects/p/models/my-name:rawPredict', '/v1/*/*/models/*:rawPredict'],
    ['/v1beta/batches/my-name:cancel', '/v1beta/batches/*:cancel'],
    ['/v1/models/ft:gpt-4o:acme:my-name', '/v1/models/*'],
    ['/v1beta/models/generateContent', '/v1beta/models/*'],
    ['/', '/'],
    ['', ''],
  ])('turns %s into %s', (path, logged) => {
    expect(loggablePath(path)).toBe(logged);
  });

  it('remembers a few hundred short paths at most, for any requests', () => {
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

describe('the memory of paths', () => {
  it('is bounded, and stores a real path after any number of invented ones', () => {
    const paths = new LoggablePaths();
    let most = 0;
    for (let made = 0; made < 10_000; made++) {
      paths.of(`/v1/made-up-${made}`);
      most = Math.max(most, paths.size);
    }
    expect(most).toBeLessThanOrEqual(500);
    for (let request = 0; request < 2; request++) {
      expect(paths.of('/v1/chat/completions')).toBe('/v1/chat/completions');
    }
    expect(paths.has('/v1/chat/completions')).toBe(true);
  });

  it('does not store a path that is longer than real ones', () => {
    const paths = new LoggablePaths();
    expect(paths.of(`/v1/${'x'.repeat(16_000)}`)).toBe('/v1/*');
    expect(paths.size).toBe(0);
  });
});
