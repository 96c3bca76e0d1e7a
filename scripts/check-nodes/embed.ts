import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const BUNDLE = path.resolve(__dirname, '../../dist/embed/index.js');
const LIMIT_MS = 20_000;

/** Ends with 0 only if the proxy responds, and nothing of it is left after `close`. */
const PROGRAM = `
const { createServer, get } = require('node:http');
const { createHandler } = require(process.argv[1]);
const proxy = createHandler({ env: {}, log: () => undefined });
const server = createServer(proxy.listener).listen(0, '127.0.0.1', () => {
  get({ port: server.address().port, path: '/-/ready', agent: false }, (response) => {
    if (response.statusCode !== 200) process.exitCode = 1;
    response.resume().once('end', async () => {
      await proxy.close();
      server.close();
    });
  });
});`;

/** Runs the bundle for other programs inside a server. @throws Error if it does not respond, or does not end */
export async function checkEmbed(interpreter: string): Promise<void> {
  try {
    await promisify(execFile)(interpreter, ['-e', PROGRAM, BUNDLE], { timeout: LIMIT_MS });
  } catch (error) {
    throw new Error('the proxy inside another server does not respond, or does not end', { cause: error });
  }
}
