import pino from 'pino';

/** While requests run a line may wait so long, in ms, for others that are written together with it. */
const MAX_WAIT_MS = 100;
const MAX_BUFFERED = 32_768;

/** What the log's lines are handed to in the end. */
export interface LogSink {
  write(text: string): unknown;
  flush(done: (error?: Error) => void): void;
}

/**
 * Writes log lines together, off the path of the requests: one write for many lines while requests run, at once when
 * none does. SCF freezes an instance only when it has no request, so no line is frozen with it.
 */
export class LogBuffer {
  /** Whether requests run. */
  busy: () => boolean = () => false;
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  /** @param sink stdout, unless a test has its own */
  constructor(private readonly sink: LogSink = pino.destination({ dest: 1, sync: false })) {}

  write(line: string): void {
    this.#text += line;
    if (this.#text.length >= MAX_BUFFERED) this.#write();
    else if (this.busy()) this.#timer ??= setTimeout(this.#write, MAX_WAIT_MS);
    else this.#immediate ??= setImmediate(this.#write);
  }

  flush(done: (error?: Error) => void): void {
    this.#write();
    this.sink.flush(done);
  }

  readonly #write = (): void => {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    const text = this.#text;
    this.#text = '';
    if (text !== '') this.sink.write(text);
  };
}
