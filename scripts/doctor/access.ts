import { ok, skipped, warn, type Finding } from './result';
import { withoutToken, type Target } from './target';
import { call } from './wire';

/** Whether the proxy serves somebody who has nothing but its address. */
export async function checkAccess({ base }: Target): Promise<Finding> {
  const { status } = await call(`${withoutToken(base)}/-/selftest/stream?chunks=1&interval=10`);
  if (status === 401) return ok('It requires an access token');
  if (status !== 200) return skipped(`A request without a token got the status ${status}`);
  return warn(
    'Anyone who knows the URL can use the proxy, and its time is billed to you',
    'Make a token (npm run token -- --name me), set it as ACCESS_TOKENS in .env, and deploy again; or leave it so if ALLOW_ANONYMOUS=true is what you want.',
  );
}
