import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runCommand, type Command } from '../../../scripts/deploy/command';
import type { DomainEffects } from '../../../scripts/deploy/domain/apply';
import { readServerlessFile, type FunctionSettings } from '../../../scripts/deploy/serverless-file';

/** The serverless.yml that the project ships. */
export const SERVERLESS_YML = readFileSync(path.resolve(__dirname, '../../../serverless.yml'), 'utf8');

/** What the shipped file describes, with some of it otherwise. */
export function settingsWith(changes: Partial<FunctionSettings> = {}): FunctionSettings {
  return { ...readServerlessFile(SERVERLESS_YML, {}).settings, ...changes };
}

export interface Run {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** A folder with a serverless.yml of its own, deployed from like the project's. */
export class Project {
  readonly root = mkdtempSync(path.join(os.tmpdir(), 'deploy-test-'));
  environment: Record<string, string | undefined>;
  /** DNS, clock and client of a custom domain. */
  domainEffects: DomainEffects | undefined;

  constructor(environment: Record<string, string | undefined> = {}) {
    this.environment = environment;
    this.describe((text) => text);
  }

  /** Writes the shipped description with a change. */
  describe(change: (text: string) => string): void {
    writeFileSync(path.join(this.root, 'serverless.yml'), change(SERVERLESS_YML));
  }

  write(name: string, text: string): void {
    mkdirSync(path.dirname(path.join(this.root, name)), { recursive: true });
    writeFileSync(path.join(this.root, name), text);
  }

  async run(...args: string[]): Promise<Run> {
    let output = '';
    let errors = '';
    const status = await runCommand({
      ...this.#command(args),
      output: { write: (text) => (output += text) },
      errorOutput: { write: (text) => (errors += text) },
    });
    return { status, output, errors };
  }

  /** With `--watch`, until its signal ends it. All that is printed, in one text. */
  watch(
    watch: Command['watch'],
    ...args: string[]
  ): { readonly output: () => string; readonly ended: Promise<number> } {
    let output = '';
    const write = (text: string) => (output += text);
    const command = { ...this.#command(['--watch', ...args]), output: { write }, errorOutput: { write } };
    return { output: () => output, ended: runCommand({ ...command, ...(watch ? { watch } : {}) }) };
  }

  #command(args: string[]): Omit<Command, 'output' | 'errorOutput'> {
    return {
      arguments: args,
      environment: this.environment,
      root: this.root,
      ...(this.domainEffects ? { domainEffects: this.domainEffects } : {}),
      pace: { pollMs: 20, limitMs: 10_000, attempts: 5, pauseMs: 200 },
    };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
