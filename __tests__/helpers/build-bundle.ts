import { buildScf, buildScfEvent } from '../../scripts/build/build';

/** Jest's global set-up: the end-to-end tests start the bundles that are deployed, as they are now. */
export default async function buildBundle(): Promise<void> {
  await buildScf('dist/scf');
  await buildScfEvent('dist/scf-event');
}
