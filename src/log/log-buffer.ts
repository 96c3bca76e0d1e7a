import type { LogSink } from './log-sink';
import { StdoutSink } from './stdout-sink';

/** While requests run, a line may wait this long, in ms, to be written together with others. */
const MAX_WAIT_MS = 100;
/**
 * The first line, that the server listens, waits this long, and for requests that have come by then: stdout and the threads
 * that write to it start with it, and on a cold start the first request comes at once.
 */
const FIRST_WAIT_MS = 20;
const MAX_BUFFERED = 32_768;
/** Maximum characters kept while they cannot be written. Further lines are dropped and counted. */
const MAX_HELD = 1_048_576;
/** Delay before the next attempt after a sink has failed (a full disk, a closed pipe). */
const PAUSE_MS = 1_000;

/**
 * Writes log lines in batches, outside the requests' path: one write for many lines while requests run, at once when none
 * is running. SCF freezes an instance only when it has no request, so no line is held in a frozen one. Requests never
 * depend on the log: lines that cannot be written are dropped, and their number is logged when writing works again.
 */
export class LogBuffer {
  /** Whether requests are running. */
  busy: () => boolean = () => false;
  #text = '';
  #dropped = 0;
  #writing = false;
  #isFirst = true;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #whenWritten: (() => void)[] = [];

  /** @param sink stdout, except in tests */
  constructor(
    private readonly sink: LogSink = new StdoutSink(),
    private readonly pauseMs = PAUSE_MS,
  ) {}

  write(line: string): void {
    if (this.#text.length + line.length > MAX_HELD) {
      this.#dropped++;
      return;
    }
    this.#text += line;
    if (!this.#writing) this.#schedule();
  }

  #schedule(): void {
    if (this.#text.length >= MAX_BUFFERED) this.#write();
    else if (this.busy()) this.#timer ??= setTimeout(this.#write, MAX_WAIT_MS);
    else if (this.#isFirst) this.#timer ??= setTimeout(this.#writeFirst, FIRST_WAIT_MS);
    else this.#immediate ??= setImmediate(this.#write);
  }

  /** @param done called once everything is written, or a write has failed; never if the sink stalls */
  flush(done: () => void): void {
    this.#whenWritten.push(done);
    if (!this.#writing) this.#write();
  }

  readonly #writeFirst = (): void => {
    if (this.busy()) this.#timer = setTimeout(this.#write, MAX_WAIT_MS);
    else this.#write();
  };

  readonly #write = (): void => {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    const dropped = this.#dropped;
    const text = dropped === 0 ? this.#text : this.#text + droppedLine(dropped);
    this.#text = '';
    this.#dropped = 0;
    if (text === '') {
      this.#flushed();
      return;
    }
    this.#writing = true;
    this.#isFirst = false;
    this.sink.write(text, (error) => {
      if (!error) {
        this.#next();
        return;
      }
      this.#dropped += dropped + linesOf(text) - (dropped === 0 ? 0 : 1);
      this.#flushed();
      setTimeout(this.#next, this.pauseMs).unref();
    });
  };

  readonly #next = (): void => {
    this.#writing = false;
    if (this.#whenWritten.length > 0) this.#write();
    else if (this.#text !== '') this.#schedule();
  };

  #flushed(): void {
    for (const done of this.#whenWritten.splice(0)) done();
  }
}

function droppedLine(dropped: number): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: 'warn', time, dropped, msg: 'log lines were dropped, since nobody took them' })}\n`;
}

function linesOf(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
