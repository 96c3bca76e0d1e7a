import { once } from 'node:events';
import { Socket } from 'node:net';
import { IncomingResponse } from '../../../src/proxy/http1/incoming-response';
import type { ResponseHead } from '../../../src/proxy/http1/response-head';

const HEAD: ResponseHead = {
  status: 201,
  reason: 'Made',
  rawHeaders: ['Content-Type', 'text/plain', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
  framing: 7,
  keepsAlive: true,
  idleMs: 1_000,
  switches: false,
};

function response() {
  const source = { resume: jest.fn(), abandon: jest.fn() };
  return { source, incoming: new IncomingResponse(HEAD, source, undefined) };
}

describe('IncomingResponse', () => {
  it('has the head as it was received, and as Node has it', () => {
    const { incoming } = response();
    expect(incoming).toMatchObject({ statusCode: 201, statusMessage: 'Made', rawHeaders: HEAD.rawHeaders });
    expect(incoming.headers).toEqual({ 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] });
    expect(incoming.headers).toBe(incoming.headers);
    expect([incoming.complete, incoming.socket]).toEqual([false, undefined]);
    const socket = new Socket();
    expect(new IncomingResponse(HEAD, undefined, socket).socket).toBe(socket);
  });

  it('asks the connection for more as it is read, until it is finished', async () => {
    const { source, incoming } = response();
    incoming.push('one ');
    incoming.push('two');
    expect(source.resume).not.toHaveBeenCalled();
    incoming.finish();
    expect(incoming.complete).toBe(true);
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    expect(Buffer.concat(parts).toString()).toBe('one two');
    expect([source.resume, source.abandon].map((call) => call.mock.calls.length)).toEqual([0, 0]);
  });

  it('asks for more when what it had is read', async () => {
    const { source, incoming } = response();
    incoming.push('one');
    incoming.resume();
    await new Promise(setImmediate);
    expect(source.resume).toHaveBeenCalled();
    incoming.destroy();
  });

  it('abandons the rest once, if it is left', async () => {
    const { source, incoming } = response();
    incoming.destroy();
    await once(incoming, 'close');
    incoming.destroy();
    expect([source.abandon.mock.calls.length, incoming.complete]).toEqual([1, false]);
  });

  it('can be read where the connection has changed its protocol: nothing comes', async () => {
    const incoming = new IncomingResponse(HEAD, undefined, new Socket());
    const parts: unknown[] = [];
    incoming.on('data', (part) => parts.push(part)).on('error', (error) => parts.push(error));
    await new Promise(setImmediate);
    expect([parts, incoming.destroyed]).toEqual([[], false]);
    incoming.destroy();
  });

  it('tells an error to a listener, and nobody without one', async () => {
    const heard = response().incoming;
    const error = new Error('gone');
    const told = once(heard, 'error');
    heard.destroy(error);
    expect(await told).toEqual([error]);
    const unheard = response().incoming;
    unheard.destroy(error);
    await once(unheard, 'close');
    expect(unheard.errored).toBe(error);
  });
});
