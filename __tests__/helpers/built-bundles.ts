import path from 'node:path';

// Not `dist/scf`: tests that deploy from this folder build that one anew, while others run.
const BUILT = path.resolve(__dirname, '../../dist/tests');

/** What starts the bundle of the web function. */
export const BOOTSTRAP = path.join(BUILT, 'scf/scf_bootstrap');

/** The bundle of the event function. */
export const EVENT_BUNDLE = path.join(BUILT, 'scf-event/index.js');
