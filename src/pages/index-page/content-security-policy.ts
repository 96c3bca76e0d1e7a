import { hashOf, pagePolicy } from '../../http/page-policy';
import { CONSOLE_FILE } from './console-file';
import { LOADER } from './loader';

/** The page's own: its loader, and the file that this loads. */
export const CONTENT_SECURITY_POLICY = pagePolicy({
  scripts: [hashOf(LOADER), `sha256-${CONSOLE_FILE?.scriptHash ?? ''}`],
  style: CONSOLE_FILE?.style ?? '',
  trustedTypes: 'page',
});
