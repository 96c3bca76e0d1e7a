import type { ErrorRule } from './rule';

/** https://learn.microsoft.com/azure/foundry/openai/how-to/troubleshoot-errors */
export const AZURE_ERRORS: readonly ErrorRule[] = [
  { status: [401], codes: ['PermissionDenied'], kind: 'not-permitted' },
  {
    status: [403],
    message: /^Your resource has been temporarily blocked because we detected behavior/,
    kind: 'not-permitted',
  },
  { status: [403], message: /^Out of call volume quota/, kind: 'out-of-credit' },
  { status: [429], codes: ['NoCapacity'], kind: 'unavailable' },
  { status: [429], message: /^The system is currently experiencing high demand/, kind: 'unavailable' },
];
