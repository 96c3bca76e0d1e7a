/** The page's script and style sheet, which run in a browser. */
export interface ConsoleFile {
  /** Gzipped, in Base64. */
  readonly packedScript: string;
  /** SHA-256 of the script, in Base64. */
  readonly scriptHash: string;
  readonly style: string;
}

/**
 * The build puts the real one in the place of this module (scripts/build/console-page.ts): it has to be bundled. From sources,
 * `npm run dev` has put it here before (scripts/dev/with-console.ts). Without it, the page is what it is in a browser without
 * JavaScript.
 */
export const CONSOLE_FILE = (globalThis as { scfLlmProxyConsole?: ConsoleFile }).scfLlmProxyConsole;
