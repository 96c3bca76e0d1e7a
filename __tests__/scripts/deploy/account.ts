import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Connection } from '../../../scripts/deploy/connection';
import type { Deployment } from '../../../scripts/deploy/deploy';
import { createScfApi, type ScfApi } from '../../../scripts/deploy/scf-api';
import type { FunctionSettings } from '../../../scripts/deploy/serverless-file';
import { zipFolder } from '../../../scripts/deploy/zip';
import { startLocalScf, type LocalScf, type LocalScfOptions } from '../../../scripts/local-scf';
import { settingsWith } from './project';

const PACE = { pollMs: 10, limitMs: 5_000 };

/** An account at a local SCF, deployed to by Tencent's own client, with a small package that needs no build. */
export class Account {
  readonly lines: string[] = [];

  private constructor(
    readonly scf: LocalScf,
    readonly connection: Connection,
  ) {}

  static async start(options: LocalScfOptions = {}): Promise<Account> {
    const scf = await startLocalScf({ transitionMs: 20, ...options });
    return new Account(scf, { credentials: scf.credentials, loopback: scf.endpoint });
  }

  get api(): ScfApi {
    return createScfApi(this.connection, settingsWith().region, 1);
  }

  /** A deployment of some code. */
  async deployment(text = 'first', settings: Partial<FunctionSettings> = {}): Promise<Deployment> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'account-test-'));
    writeFileSync(path.join(folder, 'scf_bootstrap'), `#!/bin/bash\n# ${text}\n`);
    const code = await zipFolder(folder);
    rmSync(folder, { recursive: true });
    return {
      settings: settingsWith(settings),
      code,
      api: this.api,
      terminal: { say: (line) => this.lines.push(line), progress: (line) => this.lines.push(line) },
      isLocal: true,
      site: undefined,
      pace: PACE,
    };
  }

  /** The calls so far, those of one kind only. */
  calls(kind = /./): string[] {
    return this.scf.calls.map(({ action }) => action).filter((action) => kind.test(action));
  }

  stop(): Promise<void> {
    return this.scf.close();
  }
}

export const WRITES = /^(?:Create|Update|Delete)/;
