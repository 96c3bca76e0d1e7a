import path from 'node:path';
import { installPackages } from '../shared/install-packages';
import { runChild } from '../shared/run-child';

/** The pinned package's entry, run by the same Node. */
export const CLI = path.join(__dirname, 'node_modules/serverless/bin/serverless.js');

/** Installs the pinned Serverless Framework beside this file, once: 751 packages that `npm ci` at the top leaves out. */
export function installCli(): Promise<void> {
  return installPackages({ folder: __dirname, content: 'the Serverless Framework, about 340 MB' });
}

/** Variables for the CLI, which override the environment. */
const SWITCHES = {
  SERVERLESS_PLATFORM_VENDOR: 'tencent',
  SLS_TELEMETRY_DISABLED: '1',
  // It has no switch for its advertisements, but their address is a setting; nothing listens at this one.
  SLS_ANALYTICS_URL: 'http://127.0.0.1:9/',
};

/** The CLI in this terminal, with the switch that makes it deploy to Tencent, and without its telemetry. */
export function runCli(
  cli: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<number> {
  return runChild(process.execPath, [cli, ...args], {
    cwd: options.cwd,
    env: { ...options.env, ...SWITCHES },
  });
}
