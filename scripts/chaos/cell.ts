import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';

/** When an upstream fails, in the order of a request's course. */
export const MOMENTS = ['connect', 'handshake', 'head', 'first', 'middle', 'end'] as const;
export type Moment = (typeof MOMENTS)[number];

export const TRANSPORTS = ['HTTP/1.1', 'TLS', 'HTTP/2'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Whether the client asks for a stream, or for one JSON object with a `Content-Length`. */
export const FORMS = ['streamed', 'whole'] as const;
export type Form = (typeof FORMS)[number];

/** One way in which requests are sent: the transport to the upstream, and the form of the response. */
export interface Variant {
  readonly transport: Transport;
  readonly form: Form;
}

/** The proxy uses HTTP/2 for streams alone. */
export const VARIANTS: readonly Variant[] = [
  { transport: 'HTTP/1.1', form: 'streamed' },
  { transport: 'TLS', form: 'streamed' },
  { transport: 'HTTP/2', form: 'streamed' },
  { transport: 'HTTP/1.1', form: 'whole' },
  { transport: 'TLS', form: 'whole' },
];

/** What a way has at hand at the moment when it fails. */
export interface Scene extends Variant {
  readonly moment: Moment;
  /** The TCP connection; over TLS what is written here is no valid record. */
  readonly socket: Socket;
  /** What HTTP goes over: the TCP connection, or TLS on it once that is open. */
  readonly http: Duplex;
  /** The number of the request's stream; 0 if there is no request yet, or no HTTP/2. */
  readonly stream: number;
  /** What a healthy upstream would still send. */
  readonly rest: Buffer;
  /** From here on the end of TLS does not end TCP. */
  readonly keepTcp: () => void;
}

/** One way to fail. After `act` the upstream sends nothing more of its own accord. */
export interface Way {
  /** A sentence without its subject, the upstream. */
  readonly name: string;
  readonly at: readonly Moment[];
  /** By default all. */
  readonly over?: readonly Transport[];
  readonly forms?: readonly Form[];
  readonly act?: (scene: Scene) => void;
  /** Whether at the handshake it acts on the open TLS connection, not in place of TLS. */
  readonly withinTls?: true;
  /** The certificate, if that is what is wrong. */
  readonly tls?: SecureContextOptions;
  /** Where the proxy connects in place of the upstream. */
  readonly address?: 'unresolvable' | 'closed' | 'stalled' | 'other-name';
  /** Whether a response of the upstream may arrive complete with bytes that a healthy one does not have. */
  readonly alters?: true;
  /** Whether the upstream says that it did not process the request, so that it may be sent again. */
  readonly isUnprocessed?: true;
  /** Whether the connection remains usable, so that the proxy need not close it. */
  readonly keepsConnection?: true;
  /** The function's own limit for the request, in s, where nothing else ends it. */
  readonly limitS?: number;
}

/** One way at one moment, over one transport, in one form. */
export interface Cell extends Variant {
  readonly way: Way;
  readonly moment: Moment;
}

export function cellsOf(ways: readonly Way[], { transport, form }: Variant): Cell[] {
  return ways.flatMap((way) =>
    (way.over ?? TRANSPORTS).includes(transport) && (way.forms ?? FORMS).includes(form)
      ? way.at.map((moment) => ({ way, moment, transport, form }))
      : [],
  );
}
