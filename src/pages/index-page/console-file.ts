/** The page's script and style sheet, which run in a browser. */
export interface ConsoleFile {
  /** Gzipped, in Base64. */
  readonly packedScript: string;
  /** SHA-256 of the script, in Base64. */
  readonly scriptHash: string;
  readonly style: string;
}

/**
 * The build and `npm run dev` put the real one in the place of this module (scripts/build/console-page.ts): it has to be
 * bundled. Without it, the page is what it is in a browser without JavaScript.
 */
export const CONSOLE_FILE: ConsoleFile | undefined = undefined as ConsoleFile | undefined;
