import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { FileTable } from './parse-table';
import { essenceOf, readContent, readContentNow, tableOf, type Content } from './read-content';

/** In ms. */
export interface WatchTimes {
  /** A change counts once the file has been the same for so long: an editor may write it in pieces. */
  readonly settleMs: number;
  /** Mounted volumes, and links to files of other folders, report no change. */
  readonly pollMs: number;
}

const DEFAULT_TIMES: WatchTimes = { settleMs: 200, pollMs: 5_000 };

/** The file that `CONFIG_FILE` names. The build makes a file beside the bundle of this, which is loaded only for it. */
export class ConfigFile {
  /** What it says at the start. */
  readonly first: FileTable;
  /** The content that is known, and one that may still be incomplete. */
  #known: string;
  #candidate: string | undefined;
  #onChange: (table: FileTable) => void = () => undefined;
  #times = DEFAULT_TIMES;
  #isReading = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #folder: FSWatcher | undefined;

  constructor(private readonly path: string) {
    const content = readContentNow(path);
    this.#known = essenceOf(content);
    this.first = tableOf(content);
  }

  /**
   * Watches it from now on. Its folder is watched, since editors replace the file itself, and Kubernetes only a link in its
   * path; and it is read every few seconds. Nothing of this keeps the process running.
   * @param onChange called with every content that is new
   */
  follow(onChange: (table: FileTable) => void, times: Partial<WatchTimes> = {}): void {
    this.#onChange = onChange;
    this.#times = { ...DEFAULT_TIMES, ...times };
    this.#poll = setInterval(this.#schedule, this.#times.pollMs).unref();
    this.#folder = this.#watchFolder();
    this.#schedule();
  }

  /** Reads it now, and passes it on even if it has not changed. */
  async reread(): Promise<void> {
    const content = await readContent(this.path);
    if (!this.#isClosed) this.#passOn(content);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#poll);
    clearTimeout(this.#timer);
    this.#folder?.close();
  }

  /** `undefined` where folders cannot be watched, or no more of them: then the file is only read every few seconds. */
  #watchFolder(): FSWatcher | undefined {
    try {
      const watcher = watch(dirname(this.path), { persistent: false }, this.#schedule);
      return watcher.on('error', () => {
        watcher.close();
      });
    } catch {
      return undefined;
    }
  }

  readonly #schedule = (): void => {
    if (!this.#isClosed) this.#timer ??= setTimeout(this.#check, this.#times.settleMs).unref();
  };

  readonly #check = (): void => {
    this.#timer = undefined;
    if (this.#isReading) {
      this.#schedule();
      return;
    }
    this.#isReading = true;
    void readContent(this.path).then((content) => {
      this.#isReading = false;
      if (!this.#isClosed) this.#consider(content);
    });
  };

  #consider(content: Content): void {
    // Written again in between, it may be as incomplete as it was.
    const read = JSON.stringify(content);
    if (essenceOf(content) === this.#known) this.#candidate = undefined;
    else if (read === this.#candidate) this.#passOn(content);
    else {
      this.#candidate = read;
      this.#schedule();
    }
  }

  #passOn(content: Content): void {
    this.#known = essenceOf(content);
    this.#candidate = undefined;
    this.#onChange(tableOf(content));
  }
}
