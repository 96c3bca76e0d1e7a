/** What a command says, and its exit status. */
export interface CommandResult {
  /** For standard output, and for the error output. */
  readonly lines: readonly string[];
  readonly notes: readonly string[];
  readonly status: number;
}
