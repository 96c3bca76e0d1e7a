import { DATA, END_HEADERS, END_STREAM, HEADERS, frame, literal } from './frames';
import type { Variant } from '../cell';

const event = (content: string) =>
  `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`;

/** A healthy response's body; it is cut within the second event when a way acts in its middle. */
const BODIES = {
  streamed: `${event('one')}${event('two')}data: [DONE]\n\n`,
  whole:
    '{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"one two"}}]}',
} as const;
const FIRST_BYTES = { streamed: event('one').length + 20, whole: 40 } as const;
const TYPES = { streamed: 'text/event-stream', whole: 'application/json' } as const;

export const bodyOf = ({ form }: Pick<Variant, 'form'>): string => BODIES[form];

/** What is sent of the body before its middle. */
export const firstPartOf = ({ form }: Pick<Variant, 'form'>): string =>
  BODIES[form].slice(0, FIRST_BYTES[form]);

/** The bytes of a healthy response, in the three parts between which a way may act. */
export interface Parts {
  readonly head: Buffer;
  readonly first: Buffer;
  readonly second: Buffer;
}

/** @param stream the number of its stream over HTTP/2; 0 over HTTP/1.1 */
export function partsOf(variant: Pick<Variant, 'form'>, stream: number): Parts {
  const { form } = variant;
  const first = firstPartOf(variant);
  const second = BODIES[form].slice(first.length);
  if (stream > 0) {
    return {
      head: frame(
        HEADERS,
        END_HEADERS,
        stream,
        Buffer.concat([STATUS_200, literal('content-type', TYPES[form])]),
      ),
      first: frame(DATA, 0, stream, first),
      second: frame(DATA, END_STREAM, stream, second),
    };
  }
  const framing = form === 'whole' ? `Content-Length: ${BODIES[form].length}` : 'Transfer-Encoding: chunked';
  const coded = (text: string) =>
    Buffer.from(form === 'whole' ? text : `${text.length.toString(16)}\r\n${text}\r\n`);
  return {
    head: Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: ${TYPES[form]}\r\n${framing}\r\n\r\n`),
    first: coded(first),
    second: Buffer.concat([coded(second), Buffer.from(form === 'whole' ? '' : '0\r\n\r\n')]),
  };
}

/** `:status 200` of HPACK's static table. */
export const STATUS_200 = Buffer.from([0x88]);
