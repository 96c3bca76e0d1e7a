import path from 'node:path';
import { buildScf, buildScfEvent } from '../../scripts/build/build';
import { BOOTSTRAP, EVENT_BUNDLE } from './built-bundles';

/** Jest's global set-up: the end-to-end tests start the bundles that are deployed, as they are now. */
export default async function buildBundle(): Promise<void> {
  await buildScf(path.dirname(BOOTSTRAP));
  await buildScfEvent(path.dirname(EVENT_BUNDLE));
}
