/** A deployment that cannot be, or did not come about: every problem at once, each with its remedy and never a value. */
export class DeployError extends Error {
  override readonly name = 'DeployError';

  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.join('\n'), options);
  }
}
