import { createHash, randomBytes } from 'node:crypto';
import { readConfig } from '../../src/config/read-config';
import type { Listener } from '../../src/event/run-in-memory';
import { createEventHandler } from '../../src/event/handler';
import { bare, gatewayEvent, ours, silent, respondWith, parsed, urlEvent } from './events';

/**
 * One test a fault of serverless-http 4.0.0, headed by the fault. Each shows it first on serverless-http alone: where
 * that part fails after an update, the fault has been fixed there, and its workaround here can be removed.
 */

describe('the query, which is copied from `queryString` to `multiValueQueryStringParameters`,', () => {
  const event = urlEvent({ queryString: { a: '1', include: ['x', 'y z'], 'ä&': '=' } });
  const url = respondWith((request) => request.url);

  it('is lost by serverless-http', async () => {
    expect(parsed(await bare(url)(event))).toBe('/v1/models');
  });
  it.each([urlEvent, gatewayEvent])('arrives complete, including repeated parameters', async (shape) => {
    const whole = shape({ queryString: event.queryString });
    expect(parsed(await ours(url)(whole))).toBe('/v1/models?a=1&include=x&include=y%20z&%C3%A4%26=%3D');
  });
});

describe('the client address, which is set as `requestContext.identity.sourceIp`,', () => {
  const address = respondWith((request) => request.socket.remoteAddress);

  it('is lost by serverless-http', async () => {
    expect(parsed(await bare(address)(gatewayEvent()))).toBeNull();
  });
  it('is the connection’s', async () => {
    expect(parsed(await ours(address)(gatewayEvent()))).toBe('203.0.113.7');
  });
});

describe('`Set-Cookie`, which serverless-http puts only into `multiValueHeaders`,', () => {
  const cookies: Listener = (_request, response) => {
    response
      .writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Vary', 'Origin', 'Vary', 'Accept'])
      .end();
  };

  it('is not in `headers` of serverless-http', async () => {
    const listener: Listener = (_request, response) => {
      response.setHeader('Set-Cookie', ['a=1', 'b=2']);
      response.end();
    };
    expect((await bare(listener)(urlEvent())).headers).not.toHaveProperty('set-cookie');
  });
  it('is a list in `headers`, like every header that is there several times', async () => {
    const response = await ours(cookies)(urlEvent());
    expect(response.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], vary: ['Origin', 'Accept'] });
    expect(Object.keys(response).sort()).toEqual(['body', 'headers', 'isBase64Encoded', 'statusCode']);
  });
});

describe('a binary body, for which `binary` is set,', () => {
  const bytes = randomBytes(100_000);
  const audio: Listener = (_request, response) => {
    response.writeHead(200, { 'content-type': 'audio/opus' });
    response.write(bytes.subarray(0, 777));
    response.end(bytes.subarray(777));
  };
  const sha = (body: Buffer) => createHash('sha256').update(body).digest('hex');

  it('is corrupted by serverless-http', async () => {
    const response = await bare(audio)(urlEvent());
    expect(response.isBase64Encoded).toBe(false);
    expect(sha(Buffer.from(response.body))).not.toBe(sha(bytes));
  });
  it('arrives in base64, byte for byte', async () => {
    const response = await ours(audio)(urlEvent());
    expect(response.isBase64Encoded).toBe(true);
    expect(sha(Buffer.from(response.body, 'base64'))).toBe(sha(bytes));
  });
  it('is distinguished from text, which stays text', async () => {
    const result = await ours((_request, response) => {
      response.end('\uFEFFcafé 你好 🙂');
    })(urlEvent());
    expect(result).toMatchObject({ body: '\uFEFFcafé 你好 🙂', isBase64Encoded: false });
  });
});

describe('`basePath`, which turns /openai/release-notes into -notes,', () => {
  const url = respondWith((request) => request.url);

  it('is removed anywhere in the path by serverless-http', async () => {
    const response = await bare(url, { basePath: '/release' })(urlEvent({ path: '/openai/release-notes' }));
    expect(parsed(response)).not.toContain('/release');
  });
  it('is never used: the app removes its own stages, and a gateway’s goes as a whole first segment', async () => {
    const path = async (from: string, stage: string) =>
      parsed(await ours(url)(gatewayEvent({ path: from, requestContext: { stage } })));
    expect(await path('/openai/release-notes', 'release')).toBe('/openai/release-notes');
    expect(await path('/release/v1/models', 'release')).toBe('/release/v1/models'); // the app's to remove
    expect(await path('/blue/v1/blue', 'blue')).toBe('/v1/blue');
    expect(await path('/blueish/v1', 'blue')).toBe('/blueish/v1');
    expect(await path('/blue', 'blue')).toBe('/');
    expect(await path('/v1/models', 'v1')).toBe('/v1/models');
  });
});

describe('the `end` of an empty body', () => {
  const counting: Listener = (request, response) => {
    let ends = 0;
    request.on('end', () => ends++).resume();
    setTimeout(() => response.end(String(ends)), 20);
  };

  it('is emitted twice by serverless-http 4.0.0', async () => {
    expect((await bare(counting)(urlEvent())).body).toBe('2');
  });
  it('is emitted once', async () => {
    expect((await ours(counting)(urlEvent())).body).toBe('1');
  });
});

describe('a request whose listener rejects, which serverless-http never ends,', () => {
  it('gets an error in the shape of the client’s provider, and its cause is logged', async () => {
    const causes: unknown[] = [];
    const handle = createEventHandler(() => Promise.reject(new Error('a cause')), {
      config: readConfig({}),
      logger: { ...silent, error: (line: object) => causes.push((line as { cause: Error }).cause.message) },
    });
    const response = await handle(urlEvent({ path: '/v1/messages', httpMethod: 'POST' }));
    expect(response).toMatchObject({ statusCode: 500, headers: { 'x-proxy-error': 'proxy-error' } });
    expect(parsed(response)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
    expect(causes).toEqual(['a cause']);
  });
  it('gets an error also if the listener throws', async () => {
    const handle = ours(() => {
      throw new Error('a cause');
    });
    expect((await handle(urlEvent())).statusCode).toBe(500);
  });
});

describe('`writableFinished` at `close`', () => {
  const atClose = (listen: (listener: Listener) => (event: object) => Promise<unknown>) =>
    new Promise((resolve) => {
      void listen((_request, response) => {
        response.on('close', () => resolve([response.writableFinished, response.writableEnded]));
        response.end('x');
      })(urlEvent());
    });

  it('is false under serverless-http', async () => {
    expect(await atClose(bare)).toEqual([false, true]);
  });
  it('is true, as on a server', async () => {
    expect(await atClose(ours)).toEqual([true, true]);
  });
});
