import { startBundle, type RunningBundle } from './proxies';

/** A simulated provider. */
interface Upstream {
  readonly origin: string;
  close(): Promise<unknown>;
}

/**
 * Runs a test with a built bundle of its own. It ends with the test, also if the test fails.
 * @param upstream of every provider; a function starts one for this test, which ends with it as well
 * @param environment outweighs the upstream's address
 */
export async function withProxy<U extends Upstream>(
  upstream: U | (() => Promise<U>),
  environment: Record<string, string>,
  test: (running: { readonly proxy: RunningBundle; readonly upstream: U }) => Promise<void>,
): Promise<void> {
  const isOwn = typeof upstream === 'function';
  const provider = isOwn ? await upstream() : upstream;
  try {
    const proxy = await startBundle({
      OPENAI_UPSTREAM: provider.origin,
      ANTHROPIC_UPSTREAM: provider.origin,
      GEMINI_UPSTREAM: provider.origin,
      ...environment,
    });
    try {
      await test({ proxy, upstream: provider });
    } finally {
      await proxy.stop();
    }
  } finally {
    if (isOwn) await provider.close();
  }
}
