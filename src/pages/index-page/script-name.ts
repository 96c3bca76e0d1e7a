import type { ConsoleFile } from './console-file';

/** The name of the script below `/-/`, which differs with its content: `console.1f0a….js`. */
export function scriptName({ scriptHash }: ConsoleFile): string {
  return `console.${Buffer.from(scriptHash, 'base64').toString('hex').slice(0, 16)}.js`;
}
