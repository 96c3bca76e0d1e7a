import { LogBuffer } from '../../src/log/log-buffer';
import type { LogSink } from '../../src/log/log-sink';

/** A sink that accepts a text, or fails, only on request. */
class SlowSink implements LogSink {
  readonly taken: string[] = [];
  calls = 0;
  failing = false;
  blocked = false;
  #waiting: (() => void) | undefined;

  write(text: string, done: (error?: Error) => void): void {
    this.calls++;
    const finish = () => {
      if (this.failing) {
        done(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
        return;
      }
      this.taken.push(text);
      done();
    };
    if (this.blocked) this.#waiting = finish;
    else setImmediate(finish);
  }

  unblock(): void {
    this.blocked = false;
    this.#waiting?.();
  }

  lines(): string[] {
    return this.taken.join('').split('\n').slice(0, -1);
  }
}

const flushed = (log: LogBuffer) => new Promise<void>((resolve) => log.flush(resolve));
const tick = () => new Promise((resolve) => setImmediate(resolve));

function droppedIn(lines: readonly string[]): number {
  return lines
    .filter((line) => line.startsWith('{'))
    .reduce((sum, line) => sum + (JSON.parse(line) as { dropped: number }).dropped, 0);
}

describe('the log', () => {
  it('writes lines that come together at once, in their order', async () => {
    const sink = new SlowSink();
    const log = new LogBuffer(sink);
    for (let line = 0; line < 100; line++) log.write(`${line}\n`);
    await flushed(log);
    expect(sink.calls).toBe(1);
    expect(sink.lines()).toEqual(Array.from({ length: 100 }, (_, line) => String(line)));
  });

  it('keeps a bounded number of lines while they cannot be written, drops whole lines, and reports how many', async () => {
    const sink = new SlowSink();
    sink.blocked = true;
    const log = new LogBuffer(sink);
    const line = `${'x'.repeat(999)}\n`;
    for (let sent = 0; sent < 10_000; sent++) {
      log.write(line);
      if (sent === 100) await tick();
    }
    expect(sink.calls).toBe(1);
    const done = flushed(log);
    sink.unblock();
    await done;
    const lines = sink.lines();
    const whole = lines.filter((one) => one === 'x'.repeat(999));
    expect(whole.length).toBeLessThan(1_300);
    expect(whole.length + droppedIn(lines)).toBe(10_000);
    expect(lines.filter((one) => one !== 'x'.repeat(999))).toHaveLength(1);
  });

  it('counts the lines of a write that failed, and goes on once one succeeds', async () => {
    const sink = new SlowSink();
    sink.failing = true;
    const log = new LogBuffer(sink, 1);
    for (let line = 0; line < 30; line++) log.write('lost\n');
    await flushed(log);
    log.write('lost as well\n');
    await flushed(log);
    sink.failing = false;
    log.write('kept\n');
    await flushed(log);
    while (sink.taken.length === 0) await tick();
    expect(sink.lines()[0]).toBe('kept');
    expect(droppedIn(sink.lines())).toBe(31);
  });

  it('pauses after a failure, so that a full disk does not keep the process busy', async () => {
    const sink = new SlowSink();
    sink.failing = true;
    const log = new LogBuffer(sink, 60_000);
    log.write('first\n');
    await flushed(log);
    for (let line = 0; line < 1_000; line++) {
      log.write('more\n');
      await tick();
    }
    expect(sink.calls).toBe(1);
  });
});
