import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The pinned package's entry, run by the same Node. */
export const CLI = path.join(__dirname, 'node_modules/serverless/bin/serverless.js');

const PIN = path.join(__dirname, 'package.json');
const INSTALLED = path.join(__dirname, 'node_modules/serverless/package.json');

/** Installs the pinned Serverless Framework beside this file, once: 751 packages that `npm ci` at the top leaves out. */
export async function installCli(say: (line: string) => void): Promise<void> {
  const { dependencies } = JSON.parse(readFileSync(PIN, 'utf8')) as { dependencies: { serverless: string } };
  if (installedVersion() === dependencies.serverless) return;
  say(`Installing serverless ${dependencies.serverless} into scripts/serverless-cli (once; about 340 MB).`);
  // No package needs its install script, so none may run.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = await run('npm', args, { cwd: __dirname });
  if (code !== 0)
    throw new Error(`npm ci in scripts/serverless-cli ended with ${code}; its reason is above.`);
}

function installedVersion(): string | undefined {
  try {
    return (JSON.parse(readFileSync(INSTALLED, 'utf8')) as { version?: string }).version;
  } catch {
    return undefined; // not installed, or an interrupted installation: npm ci starts again
  }
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
  return run(process.execPath, [cli, ...args], { cwd: options.cwd, env: { ...options.env, ...SWITCHES } });
}

/** Resolves with the exit code; 1 if a signal ended it. The terminal's Ctrl-C reaches the child as well, so this waits for it. */
function run(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: 'inherit' });
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('SIGINT', ignore);
      resolve(code ?? 1);
    });
  });
}
