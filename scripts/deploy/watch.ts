import fs, { existsSync } from 'node:fs';
import path from 'node:path';

/** How long nothing may change before a deployment begins: an editor or git writes several files, some of them twice. */
const QUIET_MS = 500;
/** Everything that a deployment depends on. */
const FILES = ['serverless.yml', '.env', 'package.json'];
const FOLDERS = ['src', 'config', 'scripts/build'];
/** What editors write beside a file. */
const TEMPORARY = /(?:^|\/)(?:\.(?!env$)[^/]*|4913|#[^/]*|[^/]*(?:~|\.sw[a-z]|\.tmp|\.bak))$/;

/** Reports each change as a path from the root, with `/`. Returns how to stop. */
export type Watcher = (root: string, onChange: (file: string) => void) => () => void;
/** Calls back later. Returns how to cancel. */
export type Timer = (callback: () => void, ms: number) => () => void;

export interface WatchOptions {
  readonly root: string;
  /** Deploys and prints all problems; resolves with the exit status. */
  readonly deploy: () => Promise<number>;
  readonly say: (line: string) => void;
  /** Ends the watching. */
  readonly signal: AbortSignal;
  readonly watcher?: Watcher;
  readonly timer?: Timer;
}

/** Deploys, and again whenever something changes that a deployment depends on; one deployment at a time. */
export async function watchAndDeploy(options: WatchOptions): Promise<void> {
  const { root, deploy, say, signal, watcher = watchFiles, timer = startTimer } = options;
  const changed = new Set<string>();
  let isFirst = true;
  let isQuiet = false;
  let wake: () => void = () => undefined;
  let cancel: () => void = () => undefined;
  const stop = watcher(root, (file) => {
    // The first deployment may add a token to .env itself.
    if (!isWatched(file) || (isFirst && file === '.env')) return;
    changed.add(file);
    cancel();
    isQuiet = false;
    cancel = timer(() => {
      isQuiet = true;
      wake();
    }, QUIET_MS);
  });
  const changes = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (isQuiet || signal.aborted) resolve();
    });
  signal.addEventListener('abort', () => {
    wake();
  });
  const run = async () => {
    const status = await deploy();
    say(
      `${status === 0 ? 'W' : 'It did not succeed; the reason is above. W'}aiting for changes; Ctrl-C ends it.`,
    );
  };
  try {
    await run();
    isFirst = false;
    for (;;) {
      await changes();
      if (signal.aborted) return;
      const files = [...changed].sort();
      changed.clear();
      isQuiet = false;
      say(`Changed: ${files.join(', ')}. Deploying again.`);
      await run();
    }
  } finally {
    cancel();
    stop();
  }
}

function isWatched(file: string): boolean {
  if (TEMPORARY.test(file)) return false;
  return FILES.includes(file) || FOLDERS.some((folder) => file.startsWith(`${folder}/`));
}

function watchFiles(root: string, onChange: (file: string) => void): () => void {
  const watch = (folder: string, recursive: boolean) =>
    fs
      .watch(path.join(root, folder), { recursive }, (_event, name) => {
        if (name !== null) onChange(path.posix.join(folder, name.split(path.sep).join('/')));
      })
      .on('error', () => undefined); // a folder that is deleted is reported by the next deployment
  const watchers = [
    watch('.', false),
    ...FOLDERS.filter((folder) => existsSync(path.join(root, folder))).map((folder) => watch(folder, true)),
  ];
  return () => {
    for (const one of watchers) one.close();
  };
}

function startTimer(callback: () => void, ms: number): () => void {
  const started = setTimeout(callback, ms);
  return () => {
    clearTimeout(started);
  };
}

/** Ctrl-C ends the watching; a second one ends the process, in the middle of a deployment as well. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort();
  });
  return controller.signal;
}
