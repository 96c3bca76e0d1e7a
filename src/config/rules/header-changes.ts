import type { HeaderChanges } from '../../transforms/rule';
import type { RuleReader } from './rule-reader';

/** RFC 9110 §5.6.2. */
const NAME = /^[!#$%&'*+.^`|~\w-]{1,100}$/;
/** What can be sent: no control characters, and nothing outside of latin1. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]{1,1000}$/;

/** What describes the body and its coding, which the proxy has to know. */
const OF_BODY: readonly string[] = ['accept-encoding', 'content-encoding', 'content-type'];
/** Headers of this proxy. */
const OURS = 'x-proxy-';
/** Words in the names of headers that carry secrets, which do not belong into rules. */
const SECRET =
  /(?:^|[-_])(?:auth|authorization|cookie|credentials?|keys?|passwords?|secrets?|tokens?)(?:$|[-_])/i;

const ADDED_FORM = 'must be a table of header names and their values, in one line each';
const DROPPED_FORM = 'must be the name of a header, or a list of them';

/** What a rule changes of a request's headers; `undefined` for nothing. */
export function readHeaderChanges(
  reader: RuleReader,
  isHiddenFromUpstream: (name: string) => boolean,
): HeaderChanges | undefined {
  const isFixed = (lower: string) =>
    isHiddenFromUpstream(lower) || OF_BODY.includes(lower) || lower.startsWith(OURS);
  const added = reader.table('add-headers', ADDED_FORM);
  const dropped = reader.texts('drop-headers', NAME, DROPPED_FORM);
  if (added?.some(([name, value]) => !NAME.test(name) || !VALUE.test(value)) === true)
    reader.report(`has wrong add-headers: it ${ADDED_FORM}.`);
  const names = [...(added ?? []).map(([name]) => name), ...(dropped ?? [])].map((name) =>
    name.toLowerCase(),
  );
  if (names.some(isFixed))
    reader.report(
      `changes a header that rules cannot change: one with a credential, of the connection, of the body, of the client's address, or of this proxy (${OURS}*). Remove it; keys are set by NAME_API_KEYS.`,
    );
  else if (added?.some(([name]) => SECRET.test(name)) === true)
    reader.report(
      'adds a header whose name is one of a secret. Rules are shown and logged; keys are set by NAME_API_KEYS. Remove it.',
    );
  return added || dropped
    ? { dropped: new Set(dropped?.map((name) => name.toLowerCase())), added: added ?? [] }
    : undefined;
}
