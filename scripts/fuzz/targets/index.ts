import { withFound } from '../corpus';
import type { Target } from '../target';
import { configFile, configuration, triggerDescription } from './configuration';
import { streamEnd, streamEvents } from './event-streams';
import { eventHandler, normalEvent } from './events';
import { errorBody } from './failures';
import { frames, sessions } from './frames';
import { forwardedFor, headerLists } from './headers';
import { jsonScan, partialJson } from './json';
import { coolDown, limitReplies, pushedTable, sharedUse } from './redis';
import { normalisedPath, requestTarget } from './request-target';
import { responses } from './responses';
import { accessTokens, claims, signedTokens } from './tokens';
import { keptText, usageTap } from './usage';

const OWN: readonly Target[] = [
  ...[requestTarget, normalisedPath, headerLists, forwardedFor, responses],
  ...[jsonScan, partialJson, streamEnd, streamEvents, usageTap, keptText, frames, sessions, errorBody],
  ...[normalEvent, eventHandler],
  ...[coolDown, limitReplies, sharedUse, pushedTable],
  ...[accessTokens, signedTokens, claims],
  ...[configuration, configFile, triggerDescription],
];

/** Everything that reads what comes from outside and decides something by it. */
export const TARGETS: readonly Target[] = OWN.map(withFound);
