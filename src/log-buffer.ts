import { StdoutSink } from './stdout-sink';

/** While requests run a line may wait so long, in ms, for others that are written together with it. */
const MAX_WAIT_MS = 100;
const MAX_BUFFERED = 32_768;
/** What is held, in characters, while nobody takes it. Further lines are dropped, and counted. */
const MAX_HELD = 1_048_576;
/** A sink that failed (a full disk, a closed pipe) is tried again after so long. */
const PAUSE_MS = 1_000;

/** What the log's lines are handed to in the end. */
export interface LogSink {
  /** Takes whole lines, one text at a time. @param done called once, with the error if they were not written */
  write(text: string, done: (error?: Error) => void): void;
}

/**
 * Writes log lines together, off the path of the requests: one write for many lines while requests run, at once when
 * none does. SCF freezes an instance only when it has no request, so no line is frozen with it. Whatever becomes of
 * the lines, requests go on: what cannot be written is dropped, and counted in a line of its own once that can be.
 */
export class LogBuffer {
  /** Whether requests run. */
  busy: () => boolean = () => false;
  #text = '';
  #dropped = 0;
  #writing = false;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #whenWritten: (() => void)[] = [];

  /** @param sink stdout, unless a test has its own */
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
    else this.#immediate ??= setImmediate(this.#write);
  }

  /** @param done called once everything is written, or a write has failed; never where nobody takes the lines */
  flush(done: () => void): void {
    this.#whenWritten.push(done);
    if (!this.#writing) this.#write();
  }

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
