/** What the pages report about this instance. */
export interface PageFacts {
  readonly version: string;
  /** The commit that the bundle was built from, or `unknown`. */
  readonly commit: string;
  /** The platform's region and function name; null elsewhere. */
  readonly region: string | null;
  readonly functionName: string | null;
}
