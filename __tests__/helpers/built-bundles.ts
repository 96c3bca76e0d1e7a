import path from 'node:path';

// Not `dist/scf`: tests that deploy from this folder build that one anew, while others run.
const BUILT = path.resolve(__dirname, '../../dist/tests');

/** What starts the bundle of the web function. */
export const BOOTSTRAP = path.join(BUILT, 'scf/scf_bootstrap');

/** All files of the web function but the bundle's code cache, whose name is that of a Node. */
export const WEB_FILES = [
  'THIRD-PARTY-LICENSES',
  'config-file.js',
  'console.js',
  'index.js',
  'monitoring.js',
  'page.js',
  'redis-client.js',
  'request-rules.js',
  'scf_bootstrap',
  'start.js',
  'token-form.js',
];

/** The bundle of the event function. */
export const EVENT_BUNDLE = path.join(BUILT, 'scf-event/index.js');
