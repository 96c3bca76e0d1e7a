import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket, createSecureContext, type SecureContext } from 'node:tls';
import { listenOnLoopback } from '../../shared/loopback';
import { BelowTls } from './below-tls';
import type { Cell, Scene } from '../cell';
import { certificate } from './certificates';
import { SETTINGS, frame } from './frames';
import { partsOf } from './healthy';
import { readHttp1, readHttp2 } from './requests';

/** The head of the response, the first bytes of its body, and its end. */
export type Reached = 'head' | 'first' | 'end';

/** How far the client has got: the upstream of a failing cell waits for it, so that each run has the same order. */
export interface Progress {
  /** Resolves when the client has so much of the response, or after a while if it cannot see it. */
  reached(what: Reached): Promise<void>;
}

/** The upstream of one cell. */
export interface CellUpstream {
  readonly port: number;
  /** Requests that it has read whole, over any connection. */
  readonly requests: () => number;
  /** Connections on which the way has acted, and that the proxy has not closed. */
  readonly left: () => number;
  /** Resolves when the way has acted. */
  readonly acted: Promise<void>;
  /** From here on it responds to everything, on every connection. */
  heal(): void;
  close(): void;
}

const VALID = createSecureContext(certificate('localhost'));

export async function startUpstream(cell: Cell, progress: Progress, host: string): Promise<CellUpstream> {
  const { way, moment, transport } = cell;
  const sockets = new Set<Socket>();
  const failed = new Set<Socket>();
  const context = way.tls ? createSecureContext(way.tls) : VALID;
  let isFailing = true;
  let requests = 0;
  let hasActed: () => void = () => undefined;
  const acted = new Promise<void>((resolve) => (hasActed = resolve));

  const serve = (socket: Socket) => {
    sockets.add(socket);
    const forget = () => {
      failed.delete(socket);
      if (socket.destroyed) sockets.delete(socket);
    };
    // The proxy has left it once it has ended its side.
    socket.on('end', forget).on('close', forget).on('error', forget);
    const act = (scene: Omit<Scene, keyof Cell | 'socket'>) => {
      failed.add(socket);
      way.act?.({ ...cell, socket, ...scene });
      hasActed();
    };
    if (transport === 'HTTP/1.1') {
      converse(socket, false);
      return;
    }
    if (isFailing && moment === 'handshake' && way.act && !way.withinTls) {
      socket.resume();
      act({ http: socket, stream: 0, rest: NOTHING, keepTcp: () => undefined });
      return;
    }
    secure(socket, isFailing ? context : VALID, transport === 'HTTP/2');

    function secure(tcp: Socket, secureContext: SecureContext, offersHttp2: boolean): void {
      const below = new BelowTls(tcp);
      below.on('error', () => undefined);
      const tls = new TLSSocket(below, {
        isServer: true,
        secureContext,
        ALPNProtocols: offersHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      });
      tls.on('error', () => undefined);
      tls.once('secure', () => converse(tls, tls.alpnProtocol === 'h2', below));
    }

    function converse(http: Duplex, isHttp2: boolean, below?: BelowTls): void {
      const keepTcp = () => {
        if (below) below.keepsTcp = true;
      };
      // A request that the proxy repeats over HTTP/1.1 is not the one that this cell is about.
      const fails = () => isFailing && (transport !== 'HTTP/2' || isHttp2);
      if (fails() && moment === 'handshake' && way.act) {
        http.resume();
        act({ http, stream: 0, rest: NOTHING, keepTcp });
        return;
      }
      if (isHttp2) http.write(frame(SETTINGS, 0, 0));
      const onRequest = (stream: number) => {
        requests++;
        void respond(http, stream, fails(), keepTcp);
      };
      if (isHttp2) readHttp2(http, onRequest, forget);
      else readHttp1(http, onRequest);
    }

    async function respond(http: Duplex, stream: number, fails: boolean, keepTcp: () => void): Promise<void> {
      const { head, first, second } = partsOf(cell, stream);
      const scene = (rest: readonly Buffer[]) => ({ http, stream, rest: Buffer.concat(rest), keepTcp });
      if (!fails) {
        http.write(Buffer.concat([head, first, second]));
      } else if (moment === 'head') {
        act(scene([head, first, second]));
      } else if (moment === 'first') {
        http.write(head);
        await progress.reached('head');
        act(scene([first, second]));
      } else if (moment === 'middle') {
        http.write(Buffer.concat([head, first]));
        await progress.reached('first');
        act(scene([second]));
      } else {
        http.write(Buffer.concat([head, first, second]));
        await progress.reached('end');
        act(scene([]));
      }
    }
  };

  const server = createServer({ allowHalfOpen: true }, serve);
  const port = await listenOnLoopback(server, host);
  return {
    port,
    requests: () => requests,
    left: () => failed.size,
    acted,
    heal() {
      isFailing = false;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const NOTHING = Buffer.alloc(0);
