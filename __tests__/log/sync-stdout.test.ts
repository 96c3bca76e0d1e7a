import { SyncStdout } from '../../src/log/sync-stdout';

/** A stdout that takes so many bytes a call, or fails with a code. */
function stdoutOf(calls: readonly (number | string)[]) {
  const left = [...calls];
  let text = '';
  const stdout = new SyncStdout((_fd, bytes) => {
    const call = left.shift() ?? Infinity;
    if (typeof call === 'string') throw Object.assign(new Error(call), { code: call });
    const taken = bytes.subarray(0, call);
    text += taken.toString();
    return taken.length;
  });
  return { stdout, text: () => text };
}

describe('the stdout of the event function', () => {
  it('has each line before `write` returns, however few bytes it takes at a time', () => {
    const { stdout, text } = stdoutOf([1, 2, 1]);
    stdout.write('first\n');
    expect(text()).toBe('first\n');
    stdout.write('second\n');
    expect(text()).toBe('first\nsecond\n');
  });

  it.each(['EAGAIN', 'EBUSY'])('gets a line that it could not take (%s) with the next one, whole', (code) => {
    const { stdout, text } = stdoutOf([3, code]);
    stdout.write('first\n');
    expect(text()).toBe('fir');
    stdout.write('second\n');
    expect(text()).toBe('first\nsecond\n');
  });

  it('loses what it can never take, and fails no request', () => {
    const { stdout, text } = stdoutOf(['EPIPE']);
    stdout.write('first\n');
    stdout.write('second\n');
    expect(text()).toBe('second\n');
  });

  it('is owed at most a megabyte of whole lines', () => {
    const line = `${'x'.repeat(99)}\n`;
    const full = Array.from({ length: 20_000 }, () => 'EAGAIN');
    const { stdout, text } = stdoutOf(full);
    for (let lines = 0; lines < 20_000; lines++) stdout.write(line);
    stdout.write('last\n');
    expect(text().length).toBeGreaterThan(1_048_576 - 200);
    expect(text().length).toBeLessThanOrEqual(1_048_576);
    expect(text().replaceAll(line, '')).toMatch(/^(?:last\n)?$/);
  });
});
