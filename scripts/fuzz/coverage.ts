import { Session, type Profiler } from 'node:inspector';

/** Tells which parts of the code ran. */
export interface Coverage {
  /** @returns what ran since the last time, each part by a name of its own */
  take(): readonly string[];
}

/** Counts the blocks of this project's `src` as V8 does. https://chromedevtools.github.io/devtools-protocol/v8/Profiler/ */
export class BlockCoverage implements Coverage {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  take(): readonly string[] {
    let scripts: readonly Profiler.ScriptCoverage[] = [];
    // A session of the same thread answers before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      scripts = result;
    });
    return scripts
      .filter(({ url }) => isOurs(url))
      .flatMap((script) => script.functions.flatMap(blocksOf(script.url)));
  }

  close(): void {
    this.#session.disconnect();
  }
}

function isOurs(url: string): boolean {
  return url.includes('/src/') && !url.includes('/node_modules/');
}

/** A block that was left out tells of the one that ran in its place, which V8 does not name. */
function blocksOf(url: string): (one: Profiler.FunctionCoverage) => string[] {
  return ({ ranges }) =>
    ranges[0]?.count === 0
      ? []
      : ranges.map(
          ({ startOffset, endOffset, count }) =>
            `${url}:${startOffset}-${endOffset} ${count > 0 ? 'ran' : 'was left out'}`,
        );
}
