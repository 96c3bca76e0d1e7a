import { FAILURES } from '../../src/errors/failures';
import type { Cell } from './cell';
import type { Reply } from './client';
import { bodyOf, firstPartOf } from './upstream/healthy';
import { CHAOS_KEY, CHAOS_TOKEN } from './secrets';

/** The code of a failure of the proxy that a stream's last event reports; `undefined` if it reports none. */
export function codeInStream(body: string): string | undefined {
  const last = body.trimEnd().split('\n').at(-1) ?? '';
  return last.startsWith('data: {') ? errorIn(last.slice('data: '.length))?.code : undefined;
}

/** What the client saw, in the words of the document. */
export function outcomeOf(reply: Reply, { form }: Pick<Cell, 'form'>): string {
  const { status, headers, body, isComplete, hasEnded } = reply;
  if (!hasEnded) return 'no end';
  if (status === 0) return 'no response';
  const code = headers['x-proxy-error'];
  if (code !== undefined) return `${status} ${String(code)}`;
  if (status !== 200) return isComplete ? `${status}, as sent` : `${status}, cut`;
  if (isComplete) return body === bodyOf({ form }) ? 'complete' : 'complete, as sent';
  const inStream = codeInStream(body);
  return inStream === undefined ? 'cut' : `cut, ${inStream}`;
}

/** What must hold in every cell, whatever the outcome; each sentence names what does not. */
export function violationsOf(reply: Reply, cell: Cell, requests: number): string[] {
  const { way, form, moment } = cell;
  const { status, headers, rawHeaders, body, isComplete, hasEnded } = reply;
  const found: string[] = [];
  const check = (holds: boolean, sentence: string) => {
    if (!holds) found.push(sentence);
  };
  check(hasEnded, 'the client got no end');
  check(status !== 0, 'the client got no response');
  check(requests <= (way.isUnprocessed ? 2 : 1), `the upstream got ${requests} requests`);
  const all = [...rawHeaders, body].join('\n');
  check(!all.includes(CHAOS_KEY) && !all.includes(CHAOS_TOKEN), 'the response contains a secret');
  const code = headers['x-proxy-error'];
  if (code !== undefined) {
    check(isComplete, 'the error response is cut');
    const error = errorIn(body);
    check(
      error?.code === code && rowOf(error.code)?.status === status,
      'the error response does not have the form of the provider',
    );
  } else if (status === 200 && isComplete) {
    check(way.alters === true || body === bodyOf(cell), 'a response that is not whole appears complete');
  } else if (status === 200) {
    const inStream = codeInStream(body);
    check(form === 'whole' || rowOf(inStream) !== undefined, 'the stream has no error event');
    if (moment === 'middle') check(body.startsWith(firstPartOf(cell)), 'bytes that were sent are lost');
  }
  if (moment === 'end')
    check(body === bodyOf(cell) && isComplete, 'a response that was whole did not arrive');
  return found;
}

interface ErrorObject {
  readonly message: string;
  readonly type: string;
  readonly code: string;
}

/** The error in OpenAI's form, which is that of the providers here. */
function errorIn(text: string): ErrorObject | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error?: Partial<Record<keyof ErrorObject, unknown>> };
    if (
      typeof error?.message !== 'string' ||
      typeof error.type !== 'string' ||
      typeof error.code !== 'string'
    )
      return undefined;
    return { message: error.message, type: error.type, code: error.code };
  } catch {
    return undefined;
  }
}

function rowOf(code: string | undefined): { readonly status: number } | undefined {
  return (FAILURES as Readonly<Record<string, { readonly status: number }>>)[code ?? ''];
}
