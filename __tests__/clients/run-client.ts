import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { writeHook } from '../sls/run-sls';

/** Where `npm run test:clients` installs the clients. */
const MODULES = path.join(__dirname, 'node_modules');

/** Longer than any of them takes, and shorter than jest waits. */
export const LIMIT_MS = 60_000;

/** A client to run: one program, and all that it finds when it starts. */
export interface ClientRun {
  /** Its file, below the clients' node_modules. */
  readonly program: string;
  /** A newer Node than this one, which it needs; also below them. */
  readonly interpreter?: string;
  /** Whether Node runs it whole, and not a program of another kind that it starts. */
  readonly isScript?: boolean;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of the home folder, such as `.codex/config.toml`. */
  readonly files?: Readonly<Record<string, string>>;
  /** What it reads from standard input. */
  readonly input?: string;
}

export interface Finished {
  /** `null` if the time limit ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home folder of its own for a client, and what keeps it from reaching more than this machine. */
export class Home {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'client-'));
  /** Where its programs start. */
  readonly project = path.join(this.folder, 'project');
  readonly #refusals = path.join(this.folder, 'refusals');
  readonly #hook: string;

  /** @param refusingProxy the address of an HTTP proxy that refuses every connection */
  constructor(private readonly refusingProxy: string) {
    mkdirSync(this.project);
    this.#hook = writeHook(this.folder);
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  /** The text of a file that a client has written; `undefined` if there is none. */
  read(name: string): string | undefined {
    const file = path.join(this.folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  /** Runs a client until it ends by itself; the time limit ends it with all that it has started. */
  async run({
    program,
    interpreter,
    isScript = false,
    args,
    environment,
    files = {},
    input = '',
  }: ClientRun): Promise<Finished> {
    this.write(files);
    const file = path.join(MODULES, program);
    const node = interpreter === undefined ? process.execPath : path.join(MODULES, interpreter);
    const [command, ...rest] = /\.[cm]?js$/.test(program) ? [node, file, ...args] : [file, ...args];
    const child = spawn(command, rest, {
      cwd: this.project,
      env: {
        PATH: process.env['PATH'],
        HOME: this.folder,
        TERM: 'xterm-256color',
        ...(isScript ? this.#heldByHook() : this.#heldByProxy()),
        ...environment,
      },
      stdio: 'pipe',
      detached: true, // so that the time limit reaches what it has started, too
    });
    child.stdin.on('error', () => undefined).end(input); // it may end without reading it
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, LIMIT_MS);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    }).finally(() => clearTimeout(timer));
    return { code, stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr) };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Of Node's programs: one that connects elsewhere ends at once, which fails its test. */
  #heldByHook(): Record<string, string> {
    return { NODE_OPTIONS: `--require ${this.#hook}`, LOOPBACK_REFUSALS: this.#refusals };
  }

  /** Other programs honour these variables, and go on without what the proxy refuses them. */
  #heldByProxy(): Record<string, string> {
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
    const here = '127.0.0.1,localhost';
    return {
      ...Object.fromEntries(
        names.flatMap((name) => [name, name.toLowerCase()]).map((name) => [name, this.refusingProxy]),
      ),
      NO_PROXY: here,
      no_proxy: here,
    };
  }
}
