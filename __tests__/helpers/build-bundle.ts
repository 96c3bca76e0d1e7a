import { buildScf } from '../../scripts/build/build';

/** Jest's global set-up: the end-to-end tests start the bundle that is deployed, as it is now. */
export default async function buildBundle(): Promise<void> {
  await buildScf('dist/scf');
}
