import { localEnvironment } from '../../src/config/local-environment';
import { isPiped } from '../shared/is-piped';

const CHANGES = ['revoke', 'unrevoke', 'panic'] as const;

/** `npm run token -- COMMAND …`; `undefined` if the first word is no command. Resolves with the exit status. */
export function tokenCommand([verb, ...args]: readonly string[]): (() => Promise<number>) | undefined {
  const change = CHANGES.find((one) => one === verb);
  if (change === undefined && verb !== 'list') return undefined;
  return async () => {
    // Loaded here: a new token needs none of it.
    const [{ readConnection }, { createDeployRedact }, { listTokens }, { changeRevoked }, { OperatorError }] =
      await Promise.all([
        import('../deploy/connection'),
        import('../deploy/secrets'),
        import('./list'),
        import('./revoke'),
        import('../operator/redis'),
      ]);
    const root = process.cwd();
    const { environment } = localEnvironment(process.env, root);
    const { credentials, site } = readConnection(environment);
    const redact = createDeployRedact(credentials, environment);
    const common = { arguments: args, environment, now: Date.now };
    try {
      const { lines, notes, status } =
        change === undefined
          ? await listTokens({ ...common, root, site, input: process.stdin, isPiped: isPiped() })
          : await changeRevoked({ ...common, verb: change });
      for (const line of lines) console.log(redact(line));
      for (const note of notes) console.error(redact(note));
      return status;
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      console.error(redact(error.message));
      return 1;
    }
  };
}
