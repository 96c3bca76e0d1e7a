/** A deployment that cannot start, or that failed: every problem at once, each with its remedy and never with a variable's value. */
export class DeployError extends Error {
  override readonly name = 'DeployError';

  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.join('\n'), options);
  }
}
